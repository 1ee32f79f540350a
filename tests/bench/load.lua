-- wrk's part: requests that differ, where it is asked to, and its count as one line of JSON.
-- What it does for a request costs wrk, not the proxy.

function init(arguments)
  local under = arguments[1]
  if under == nil then return end
  local session = wrk.headers["Cookie"]
  local n = math.random(1, 1000000) * 1000
  -- wrk asks this for each request
  function request()
    n = n + 1
    local cookie = "visit=" .. n .. "; theme=t" .. n % 97
    if session then cookie = session .. "; " .. cookie end
    wrk.headers["Cookie"] = cookie
    wrk.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:" .. n .. ".0) Firefox/" .. n
    return wrk.format(nil, under .. n .. ".json")
  end
end

function done(summary, latency)
  local errors = summary.errors
  local wrong = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  local line = '{"requests": %d, "us": %d, "bytes": %d, "wrong": %d, "p50_us": %d, "p99_us": %d}\n'
  io.write(line:format(summary.requests, summary.duration, summary.bytes, wrong,
    latency:percentile(50), latency:percentile(99)))
end
