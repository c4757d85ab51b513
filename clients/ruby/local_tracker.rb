# frozen_string_literal: true

require "fileutils"
require "json"
require "monitor"
require "securerandom"
require "socket"
require "zlib"

# Local Tracker, Ruby client: one file, Ruby 2.7 or newer, the standard library alone. Linux and macOS.
#
#   LocalTracker.open(name: "cache off, then on") do |log|
#     log.run(test: "warm cache", target: "http://localhost:3000/") do |run|
#       run.sample("http.latency_ms", 12.5, unit: "ms", labels: { route: "/", status: 200 })
#     end
#   end
#
# Any thread may call. Nothing here raises: a method returns false for what it did not accept or write;
# `dropped` counts such events and `error` has the reason. Events are queued and written as one gzip
# member of 100 events, or of a second by the next call; the last ones by `flush`, `close` or the end of
# the program. The format is docs/FORMAT.md of the tracker.
class LocalTracker
  FRAME_EVENTS = 100
  FRAME_CONTENT_BYTES = 256 << 10 # of a busy writer's frame
  FRAME_SECONDS = 1
  RETRY_SECONDS = 1 # between two tries on a disk that failed
  MAX_LINE_BYTES = 1 << 20
  MAX_QUEUED_BYTES = 3 << 20 # one frame, below its 4 MiB even if nothing can be compressed
  MAX_NAME_BYTES = 1024
  MAX_METRIC_LENGTH = 128
  MAX_LABELS = 32
  MAX_FOLDER_NAME_BYTES = 200
  ROTATE_BYTES = 64 << 20
  ROTATE_SECONDS = 24 * 3600
  LOCK_TRIES = 20 # 10 ms apart: an indexer may hold the lock for a moment
  STATES = %w[finished failed stopped].freeze

  # What the format does not take, or the data folder does not allow. Never leaves this file.
  class Refused < StandardError; end
  private_constant :Refused

  attr_reader :session, :error

  # With a block: closes the log at its end.
  def self.open(**options)
    log = new(**options)
    return log unless block_given?

    begin
      yield log
    ensure
      log.close
    end
  end

  # Without options: the environment, and a new session.
  def initialize(data: nil, user: nil, session: nil, name: nil, rotate_bytes: ROTATE_BYTES)
    @lock = Monitor.new
    @data = first(data, ENV["TRACKER_DATA"], "data")
    user = text(first(user, ENV["LOCAL_TRACKER_USER_ID"], "anonymous"))
    @session = text(first(session, Time.now.utc.strftime("%Y%m%d-%H%M%S-") + SecureRandom.hex(4)))
    @rotate_bytes = rotate_bytes
    @unusable = @closed = false
    reset
    @folders = ["log", folder_name(user), folder_name(@session)]
    if @folders.any? { |folder| folder.empty? || folder.bytesize > MAX_FOLDER_NAME_BYTES }
      @unusable = true
      @error = "the id of a user or session is empty or too long"
    else
      attempt { open_folder }
    end
    at_exit { flush }
    event("session", name: name, user: user, host: Socket.gethostname)
  end

  # Events that were not accepted, or could not be written so far.
  def dropped
    @lock.synchronize { @dropped + (@failing ? @events : 0) }
  end

  # One value. `ts` is Unix milliseconds.
  def sample(metric, value, unit: nil, run: nil, ok: nil, labels: nil, ts: nil)
    accept do
      metric = text(metric)
      refuse("metric is not a string of 1 to 128 characters") unless metric.length.between?(1, MAX_METRIC_LENGTH)
      refuse("value is not a finite number") unless value.is_a?(Numeric) && value.to_f.finite?
      refuse("more than 32 labels") if labels && labels.size > MAX_LABELS
      value = value.to_f unless value.is_a?(Integer) && value.abs <= 1 << 53
      { ts: ts || now_ms, metric: metric, value: value, unit: unit && name_of(unit), run: run && name_of(run),
        ok: ok.nil? ? nil : ok ? true : false, labels: labels && flat(labels) }
    end
  end

  # Starts a run. With a block: finishes it, as failed when the block raises.
  def run(id: "run-#{SecureRandom.hex(4)}", test: nil, target: nil, params: nil)
    event("run_started", run: id, test: test, target: target, params: params)
    run = Run.new(self, id)
    return run unless block_given?

    begin
      result = yield run
    rescue Exception # rubocop:disable Lint/RescueException -- it is passed on
      run.finish("failed")
      raise
    end
    run.finish
    result
  end

  def note(words, run: nil)
    event("note", text: words, run: run)
  end

  # Any other event of the format. What is nil is left out.
  def event(kind, **fields)
    accept do
      members = fields.compact.to_h { |key, value| [key, value.is_a?(Hash) ? flat(value) : text(value)] }
      name_of(members[:run]) if members[:run]
      { ts: now_ms, event: kind, **members }
    end
  end

  # Writes what is queued. When it returns true, a killed program loses nothing of it.
  def flush
    @lock.synchronize do
      reset if @pid != Process.pid
      @events.zero? ? !@unusable : write_queue
    end
  end

  # Returns whether everything was written. Later events are dropped.
  def close
    @lock.synchronize do
      return @dropped.zero? if @closed

      flush
      @dropped += @events
      @events = 0
      @failing = false
      @closed = true
      leave_segment
      @dropped.zero?
    end
  end

  # A run of the session, between its start and `finish`.
  class Run
    attr_reader :id

    def initialize(log, id)
      @log = log
      @id = id
    end

    def sample(metric, value, **details)
      @log.sample(metric, value, **details, run: @id)
    end

    def note(words)
      @log.note(words, run: @id)
    end

    def finish(state = "finished")
      @log.event("run_finished", run: @id, state: STATES.include?(state) ? state : "failed")
    end
  end

  private

  # Also in a forked child: what is queued stays the parent's; the child makes its own file.
  def reset
    @pid = Process.pid
    leave_segment
    @writer = SecureRandom.hex(8)
    @queue = String.new(encoding: Encoding::BINARY)
    @number = @size = @seq = @events = @dropped = @reported = 0
    @opened = @first = @retry_at = 0.0
    @failing = false
  end

  def refuse(reason)
    raise Refused, reason
  end

  # Runs the block; an error becomes `error` and false.
  def attempt
    yield
    true
  rescue StandardError => failure
    @error = failure.message
    false
  end

  def accept
    @lock.synchronize do
      reset if @pid != Process.pid
      accepted = attempt do
        refuse(@closed ? "the log is closed" : @error) if @closed || @unusable
        line = "#{JSON.generate(yield.compact)}\n".b
        refuse("line longer than 1 MiB") if line.bytesize > MAX_LINE_BYTES + 1
        refuse("the queue is full: #{@error}") if @queue.bytesize + line.bytesize > MAX_QUEUED_BYTES
        @first = ticks if @events.zero?
        @queue << line
        @events += 1
      end
      @dropped += 1 unless accepted
      due = @events >= FRAME_EVENTS || @queue.bytesize >= FRAME_CONTENT_BYTES || ticks - @first >= FRAME_SECONDS
      write_queue if accepted && due && (!@failing || ticks >= @retry_at)
      accepted
    end
  end

  def write_queue
    @failing = true # until the frame is written
    @retry_at = ticks + RETRY_SECONDS
    return false if @unusable || @closed

    attempt do
      next_segment if @file.nil? || @size >= @rotate_bytes || ticks - @opened >= ROTATE_SECONDS
      dropped = @dropped - @reported
      header = { frame: 1, session: @session, writer: @writer, seq: @seq, events: @events, at: now_ms }
      header[:dropped] = dropped if dropped.positive?
      append(Zlib.gzip("#{JSON.generate(header)}\n".b << @queue, level: Zlib::BEST_SPEED))
      @reported += dropped
      @seq += 1
      @events = 0
      @queue.clear
      @failing = false
    end
  end

  # One write of the whole frame. A short one is cut off and tried once more, never continued.
  def append(frame)
    failure = "a short write"
    2.times do
      begin
        if @file.syswrite(frame) == frame.bytesize
          @size += frame.bytesize
          return
        end
      rescue Errno::EINTR
        next
      rescue SystemCallError => error
        failure = error.message
      end
      begin
        @file.truncate(@size)
      rescue SystemCallError
        leave_segment # the torn bytes stay; readers skip them
        break
      end
    end
    refuse(failure)
  end

  # Makes the folders and checks the format of the data folder, before anything is written.
  def open_folder
    FileUtils.mkdir_p(@data, mode: 0o700)
    description = File.join(@data, "tracker.json")
    unless File.exist?(description) # made whole, and never over that of another writer
      temporary = "#{description}.#{@writer}.tmp"
      File.open(temporary, File::WRONLY | File::CREAT | File::EXCL, 0o600) { |file| file.write("{\"format\":1}\n") }
      begin
        File.link(temporary, description)
      rescue SystemCallError, NotImplementedError
        nil # another writer made it; without the file it is format 1
      end
      File.unlink(temporary)
    end
    check_format(description) if File.exist?(description)
    @folders.inject(@data) do |folder, name|
      inner = File.join(folder, name)
      begin
        Dir.mkdir(inner, 0o700)
        sync(folder)
      rescue Errno::EEXIST
        refuse("#{inner} is no folder") unless File.lstat(inner).directory?
      end
      inner
    end
  end

  def check_format(description)
    format = begin
      JSON.parse(File.read(description))["format"]
    rescue StandardError
      nil
    end
    return if format == 1

    @unusable = true
    refuse("#{description} does not name format 1: use a newer client, or another folder")
  end

  def next_segment
    folder = open_folder
    name = format("%<writer>s.%<number>06d.jsonl.gz", writer: @writer, number: @number + 1)
    file = File.open(File.join(folder, name),
                     File::WRONLY | File::CREAT | File::EXCL | File::APPEND | File::NOFOLLOW, 0o600)
    LOCK_TRIES.times do
      break if file.flock(File::LOCK_SH | File::LOCK_NB)

      sleep(0.01)
    rescue SystemCallError
      break # a file system without locks: all else works
    end
    sync(folder)
    leave_segment
    @file = file
    @number += 1
    @size = 0
    @opened = ticks
  end

  def leave_segment
    @file&.close
  rescue SystemCallError => failure
    @error = failure.message
  ensure
    @file = nil
  end

  def sync(folder)
    File.open(folder, &:fsync)
  end

  # The id as a directory name: one id, one name, also where the file system folds case.
  def folder_name(id)
    id.b.gsub(/[^a-z0-9_.-]|\A[.-]/n) { |byte| format("%%%02x", byte.ord) }
  end

  # A string that JSON can hold: bytes that are no UTF-8 become U+FFFD.
  def text(value)
    string = value.to_s
    string = string.dup.force_encoding(Encoding::UTF_8) if string.encoding == Encoding::BINARY
    string.encode(Encoding::UTF_8, invalid: :replace, undef: :replace, replace: "\ufffd").scrub("\ufffd")
  end

  def name_of(value)
    name = text(value)
    refuse("name longer than 1,024 bytes") if name.bytesize > MAX_NAME_BYTES
    name
  end

  def flat(pairs)
    pairs.to_h { |key, value| [name_of(key), text(value)] }
  end

  def first(*texts)
    texts.find { |candidate| candidate && !candidate.empty? }
  end

  def now_ms
    Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond)
  end

  # Seconds by a clock that nobody sets.
  def ticks
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
