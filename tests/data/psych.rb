# Records how Ruby's Psych reads YAML, in the way GitLab calls it: ruby psych.rb > psych.tsv
# A line is a document and its value, both as JSON; values JSON has no word for are tagged.
require "json"
require "psych"

SCALARS = <<~LIST.split("\n") + ["", " ", "''", '""', "a # b", "a\n\n  b", "no\n\n  x", "on\n\n  no"]
  ~
  null
  Null
  NULL
  nULL
  nul
  nil
  true
  True
  TRUE
  tRuE
  false
  False
  fALSE
  yes
  Yes
  YES
  yEs
  no
  No
  nO
  on
  On
  oN
  off
  Off
  oFf
  y
  Y
  n
  N
  t
  f
  yess
  truee
  'true'
  "yes"
  0
  00
  007
  0777
  0778
  08
  09
  0o17
  0O17
  0b101
  0B101
  0b12
  0b1_0
  0b
  0b_
  0x1F
  0xff_ff
  0xFG
  0X1F
  0x
  0x_
  -0
  +0
  -0777
  +0777
  -0x1F
  -0b11
  1
  -1
  +1
  --1
  12345678901234567890
  012345
  1_000
  1__0
  1__000
  _1
  1_
  1,000
  1,0,0
  1,,0
  1,
  ,1
  10,000,000
  1,000.5
  1_000.5
  0,7
  0_7
  0_
  0,
  1.0
  1.
  .5
  -.5
  +.5
  .
  +.
  -.
  ..
  1.5
  -1.5
  +1.5
  01.5
  1.50
  3.10
  3.9
  0.10
  1.2.3
  0.10.6
  1e3
  1E3
  1.e3
  1.0e3
  1.0e+3
  1.5e-3
  1.5E+10
  1.e+3
  .5e+1
  1e+3
  .e+5
  1.0e+400
  1.5_5
  1.5,5
  1_0.5
  12e03
  .inf
  .Inf
  .INF
  .iNf
  +.inf
  -.inf
  -.INF
  .nan
  .NaN
  .NAN
  +.nan
  inf
  NaN
  1:30
  01:30
  -1:30
  +1:30
  1:3
  1:60
  1:05:30
  -1:05:30
  190:20:30
  1:2:3:4
  1_0:30
  1__0:30
  1:30.5
  1:05:30.25
  1:30.
  1:30.5_5
  -1:30.5
  0:0
  08:30
  24:00
  :sym
  :Sym
  :1
  :a b
  :"quoted sym"
  :'quoted sym'
  :":x"
  ::double
  :a:b
  ':sym'
  a:b
  a:
  2024-01-01
  2024-1-1
  2024-1-01
  2024-13-01
  2024-02-31
  24-01-01
  2024-01-01x
  2024-01-01 10:00:00
  2024-01-01T10:00:00Z
  2024-01-01t10:00:00.5+02:00
  2024-01-01 10:00:00 +02:00
  2024-01-01 10:00
  -2024-01-01 10:00:00
  2024/01/01
  20240101
  '2024-01-01'
  "2024-01-01"
  =
  <
  <<
  '<<'
  ==
  =~
  !
  $
  $VAR
  ${VAR}
  %VAR%x
  $CI_COMMIT_TAG == "x"
  +
  -x
  +x
  --
  ---x
  /regex/
  /^v\\d+/
  (a)
  a|b
  a\\nb
  "a\\nb"
  "a\\x41"
  "a\\u00e9"
  'it''s'
  é
  ée
  日本
  ١٢٣
  1é
  é1
  1 2
  1 000
  1-2
  1/2
  1%
  50%
  1a
  a1
  0x
  1x
  0.1.2
  v1.2
  1.2-rc1
  python:3.12
  echo "a: b"
  https://example.org/a?b=c#d
  12:34:56:78
  1:2a
  a, b
  1d
  1h 30m
  30 days
  3 mins 4 sec
  never
  on_success
  "on"
  !!str 123
  !!str yes
  !!str 2024-01-01
  !!str
  !!int 12
  !!int "012"
  !!int x
  !!float 1
  !!float 1.5
  !!float "3"
  !!float x
  !!bool yes
  !!null x
  !!binary aGVsbG8=
  !!binary aGVsbG8
  !!timestamp 2024-01-01
  !!timestamp x
  !foo 012
  !foo bar
  ! 012
  ! "012"
  ! 'yes'
  !str 12
  !binary aGk=
  !float 2
  !ruby/symbol abc
  !ruby/sym abc
  !ruby/regexp /a/
  !ruby/range 1..2
  !ruby/class String
  !ruby/object:Foo {}
  !ruby/object {}
  !ruby/hash:Foo {}
  !ruby/array:Foo []
  !ruby/struct:Foo {}
  !ruby/object:BigDecimal 1
  !!set {a, b}
  !!map {a: 1}
  !!seq [1]
  !foo {a: 1}
  !foo [1, 2]
  |-
  >-
  @a
  `a`
  %a
  &a
  *a
  [1, 2
  {a: 1
  "abc
  'abc
  a: b
  - a
  ? a
  ]
  }
LIST

DOCUMENTS = [
  "", " ", "# only a comment\n", "---\n", "a", "- a", "[]", "{}", "null", "--- a\n...\nb: [\n",
  "a: 1\r\nb: 2\r\n", "a:\n\t- x\n", "\ta: 1\n", "a:\n - 1\n- 2\n", "\uFEFFa: 1\n", "a: \u0000\n",
  "a: \u0007\n", "a: \u0085b\n", "a: b\u2028  c\n", "a: |\n  x\n  y\n", "a: |+\n  x\n\n\nb: 1\n", "a: >\n  x\n  y\n\n  z\n",
  "a: |2\n    x\n", "a: >-\n  x\n    y\n  z\n", "a: |\n\n  x\n", "a: \"x\n  y\n\n  z\"\n", "a: 'x\n  y'\n",
  "a: x\n  y\n  z\n", "a: [1, 2,]\n", "a: {b, c: d}\n", "a: [b: c]\n", "? a\n: b\n", "? [a, b]\n: c\n", "a: b: c\n",
  "a: 1\na: 2\n", "a: 1\n'a': 2\nb: 3\na: 4\n",
  "1: a\n", "1.5: a\n", "true: a\n", "on: a\n", "null: a\n", "~: a\n", ":s: a\n", "0777: a\n", "1e3: a\n", "1:30: a\n",
  "1.0e+20: a\n", "0.00001: a\n", "2024-01-01: a\n", "1_000: a\n", ".inf: a\n", "-.inf: a\n", ".nan: a\n", "'': a\n", "100.0: a\n", "1.0e-05: a\n", "123456789.125: a\n",
  "x: &x {a: 1, b: 2}\ny: {<<: *x}\n", "x: &x {a: 1, b: 2}\ny: {<<: *x, a: 5}\n", "x: &x {a: 1, b: 2}\ny: {a: 5, <<: *x}\n",
  "x: &x {a: 1}\nz: &z {a: 2, b: 3}\ny: {<<: [*x, *z]}\n", "x: &x {a: 1}\nz: &z {a: 2, b: 3}\ny: {<<: [*z, *x]}\n",
  "x: &x {a: 1}\nz: &z {a: 2, b: 3}\ny: {<<: *x, <<: *z}\n", "x: &x {a: 1}\nz: &z {a: 2, b: 3}\ny: {<<: *z, c: 1, <<: *x}\n",
  "y: {<<: {a: 1}, b: 2}\n", "y: {<<: {a: 1}, a: 2}\n", "y: {<<: [{a: 1}, {a: 2, b: 2}]}\n", "y: {<<: []}\n", "y: {<<: 1}\n", "y: {<<: ~}\n", "y: {<<: text}\n",
  "x: &x 1\ny: {<<: *x}\n", "x: &x [1]\ny: {<<: *x}\n", "x: &x [{a: 1}]\ny: {<<: *x}\n", "x: &x {a: 1}\ny: {<<: [*x, 1]}\n", "x: &x {a: 1}\ny: {<<: [1, *x], b: 2}\n",
  "x: &x {a: 1}\ny: {'<<': *x}\n", "x: &x {a: 1}\ny: {\"<<\": *x}\n", "x: &x {a: 1}\ny: {!!str <<: *x}\n", "x: &x {a: 1}\ny: {!foo <<: *x}\n",
  "x: &x {a: {b: 1}}\ny: {<<: *x, a: {c: 2}}\n", "x: &x {a: {b: 1}}\ny: {a: {c: 2}, <<: *x}\n", "x: &x {<<: {a: 1}, b: 2}\ny: &y {<<: *x, c: 3}\nz: {<<: *y}\n",
  "<<: {a: 1}\nb: 2\n", "- <<: {a: 1}\n", "x: &x {1: a, true: b}\ny: {<<: *x}\n", "x: &x {a: 1}\ny:\n  <<:\n    - *x\n    - {b: 2}\n  c: 3\n",
  "x: &x {b: 1, a: 2}\ny: {a: 0, <<: *x, c: 3}\n", "x: &x {a: ~}\ny: {a: 1, <<: *x}\n", "x: &x {}\ny: {<<: *x}\n", "y: {<<: {<<: {a: 1}}}\n",
  "a: &x 1\nb: *x\n", "a: &x [1]\nb: [*x, *x]\n", "a: &x 1\nb: &x 2\nc: *x\n", "a: &x {k: *x1}\n", "a: *x\n", "a: &x yes\nb: *x\n", "&x a: 1\nb: *x\n", "a: &x\nb: *x\n",
  "a: &x 012\n*x : b\n", "a: !!str &x 012\nb: *x\n", "%YAML 1.1\n---\na: 1\n", "%YAML 1.2\n---\na: 1\n", "%TAG ! tag:x,2000:\n---\na: !b 1\n",
  "a: - b\n", "a: [1, 2]]\n", "a: {b: 1}}\n", "key\n", "a:b\n", "a : b\n", "a: b\n c: d\n", " a: 1\nb: 2\n", "a: 'x' y\n", "a: \"\\q\"\n", "a: \"\\x4\"\n", "a: \"\\ud800\"\n", "a: |x\n  b\n", "- - - a\n", "-\n  -\n    a\n", "a: !<tag:yaml.org,2002:str> 1\n", "a: !x!y 1\n", "a: &\n", "a: *\n", "a: %x\n", "a: b #c\n", "a: b#c\n", "a: '#c'\n",
]

def encode(value)
  case value
  when Symbol then { "symbol" => value.to_s }
  when Float then { "float" => value.to_s }
  when Hash then { "map" => value.map { |k, v| [k.to_s, encode(v)] } }
  when Array then value.map { |v| encode(v) }
  when String then value.encoding == Encoding::UTF_8 ? value : value.dup.force_encoding("UTF-8")
  when Integer, true, false, nil then value
  else { "other" => value.class.name }
  end
end

(SCALARS.map { |s| "v: #{s}\n" } + DOCUMENTS).uniq.each do |document|
  value = begin
    encode(Psych.safe_load(document, permitted_classes: [Symbol], permitted_symbols: [], aliases: true))
  rescue StandardError => e
    { "error" => e.class.name, "message" => e.message }
  end
  puts [document, value].map { |part| JSON.generate(part) }.join("\t")
end
