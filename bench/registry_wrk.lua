-- The figures of wrk as one line of JSON; latencies in seconds.
done = function(summary, latency, requests)
  local bad = summary.errors
  io.write(string.format(
    '{"rate": %.2f, "p50": %.7f, "p99": %.7f, "errors": %d}\n',
    summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
    bad.connect + bad.read + bad.write + bad.status + bad.timeout))
end
