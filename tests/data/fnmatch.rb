# Records which paths Ruby's File.fnmatch? matches as rules:changes calls it: ruby fnmatch.rb > fnmatch.tsv
# A line is a pattern and the paths it matches, as JSON; the first line is all paths.
require "json"

FLAGS = File::FNM_PATHNAME | File::FNM_DOTMATCH | File::FNM_EXTGLOB
patterns = %w[
  * ** **/* */* *.md **/*.md docs/** docs/**/* docs/* docs/**/*.md {a,b}/*.rb
  {src,docs}/**/*.{md,py} a? a[bc] a[!b] a[^b] a[b-d] [a-c]* *a*b **/a/**/b a/**/b a/**b **b
  **/ docs/ ./docs a\\* [a [] [!] a[\\]]b x{y} x{} {a,{b,c}d}e {a a} .* .*/*
  **/.gitlab-ci.yml src/**/test_*.py *[!a] a/[b/c]/d a[/]b **/**/b */**/b {**/,}b *{*,}/b
  Dockerfile* dir/{,sub/}x [a-] [-a] [z-a]x ?? ? \\{a,b\\} {a\\,b,c} a//b
]
paths = %w[
  a b ab ac ad abc a.md README.md docs docs/ docs/a.md docs/x/y.md docs/.hidden docs/.h/x.md
  a/x.rb b/y.rb a/b a/x/b a/x/y/b xab a/xb axb .gitlab-ci.yml x/.gitlab-ci.yml src/test_a.py
  src/x/y/test_b.py src/a.py a* [a [] a]b xy x ae bde cde {a a} be .a .a/b Dockerfile
  Dockerfile.dev dir/x dir/sub/x - zx ax aa bb a/b/d a/c/d a//b {a,b} a,b c x/b x/y/b ./docs
  é a\\
]
paths << "" << "a\nb"
puts paths.map(&:to_json).join("\t")
patterns.each do |pattern|
  matched = paths.select { |path| File.fnmatch?(pattern, path, FLAGS) }
  puts [pattern, *matched].map(&:to_json).join("\t")
end
