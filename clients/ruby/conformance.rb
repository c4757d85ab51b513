# frozen_string_literal: true

# The scenarios of clients/conformance, as this client writes them: conformance.rb SCENARIO COUNT.
require_relative "local_tracker"

$stdout.sync = true
SCENARIO, COUNT = ARGV[0], ARGV[1].to_i
rotate = ENV["CONFORMANCE_ROTATE"]
LOG = LocalTracker.open(session: ENV["CONFORMANCE_SESSION"], name: "Grüße, 世界 😀",
                        **(rotate ? { rotate_bytes: rotate.to_i } : {}))

def samples(metric)
  COUNT.times { |i| LOG.sample(metric, i, unit: "ms", labels: { route: "/a" }, ts: 1_763_899_200_000 + i) }
end

def story
  run = LOG.run(id: "r1", test: "warm \"cache\"\n", target: "http://localhost:3000/",
                params: { "cache" => "on", "größe" => "1\t2\\" })
  run.sample("http.latency_ms", 12.5, unit: "ms", ok: true, labels: { route: "/ü/😀", status: 200 })
  run.sample("http.latency_ms", 0.1, ok: false)
  run.sample("large", 1e300)
  run.sample("small", -1.5e-9)
  LOG.sample("no_run", 3)
  LOG.note("line one\nline two \u0001\u007f \u2028")
  run.finish("failed")
end

def bad
  LOG.sample("", 1)
  LOG.sample("m" * 129, 1)
  LOG.sample("m", Float::NAN)
  LOG.sample("m", Float::INFINITY)
  LOG.sample("m", 1, labels: (1..33).to_h { |i| ["l#{i}", "x"] })
  LOG.sample("m", 1, unit: "m" * 1025)
  LOG.note("m" * (2 << 20))
  LOG.sample("good", 1)
  LOG.flush
  LOG.sample("good", 1)
end

def acknowledge
  COUNT.times do |i|
    LOG.sample("n", i)
    puts i + 1 if i % 10 == 9 && LOG.flush
  end
end

def quiet
  LOG.sample("n", 0)
  sleep(COUNT / 1000.0)
  LOG.sample("n", 1)
  puts 1
  sleep(60)
end

def overflow
  samples("n")
  puts "full"
  $stdin.gets
  LOG.flush
end

def forked
  samples("before")
  child = fork do
    samples("child")
  end
  samples("parent")
  Process.wait(child)
end

case SCENARIO
when "story" then story
when "samples", "exit" then samples("n")
when "bad" then bad
when "acknowledge" then acknowledge
when "overflow" then overflow
when "quiet" then quiet
when "threads" then %w[t0 t1].map { |metric| Thread.new { samples(metric) } }.each(&:join)
when "fork" then forked
end
exit if SCENARIO == "exit"
LOG.close
puts "dropped #{LOG.dropped}"
puts "error #{LOG.error}" if LOG.error
puts "done"
