'use strict';
/**
 * Local Tracker, Node client: one file, Node 16 or newer, no packages. Linux and macOS.
 *
 *     const { TrackerLog } = require('./local_tracker');
 *     const log = TrackerLog.open({ name: 'cache off, then on' });
 *     const run = log.run({ test: 'warm cache', target: 'http://localhost:3000/' });
 *     run.sample('http.latency_ms', 12.5, { unit: 'ms', labels: { route: '/', status: 200 } });
 *     run.finish();
 *     log.close();
 *
 * Nothing here throws into the program. A call returns false for what it did not accept or write:
 * `log.dropped` counts such events, `log.error` has the reason. Events are queued and written as one
 * frame of 100 events, or of a second. The format is docs/FORMAT.md of the tracker.
 */
const { spawnSync } = require('node:child_process');
const { randomBytes } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const zlib = require('node:zlib');

const FRAME_EVENTS = 100;
const FRAME_CONTENT_BYTES = 256 << 10; // of a busy writer's frame
const FRAME_MS = 1000;
const RETRY_MS = 1000; // between two tries on a disk that failed
const MAX_LINE_BYTES = 1 << 20;
const MAX_QUEUED_BYTES = 3 << 20; // one frame, below its 4 MiB even if nothing can be compressed
const MAX_NAME_BYTES = 1024;
const MAX_METRIC_LENGTH = 128;
const MAX_LABELS = 32;
const MAX_FOLDER_NAME_BYTES = 200;
const ROTATE_BYTES = 64 << 20;
const ROTATE_MS = 24 * 3600 * 1000;
const LOCK_TIMEOUT_MS = 1000;
const STATES = ['finished', 'failed', 'stopped'];
const { O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW } = fs.constants;

// Not every Node has zstd; the tracker reads gzip as well.
const [ending, compress] = zlib.zstdCompressSync
  ? ['jsonl.zst', (bytes) => zlib.zstdCompressSync(bytes, { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } })]
  : ['jsonl.gz', (bytes) => zlib.gzipSync(bytes, { level: 1 })];

const openLogs = new Set();
const flushAll = () => openLogs.forEach((log) => log.flush());

/** A string that UTF-8 can hold: lone surrogates become U+FFFD. */
const text = (value) => String(value).replace(/\p{Surrogate}/gu, '\ufffd');

/** Milliseconds by a clock that nobody sets. */
const ticks = () => Number(process.hrtime.bigint() / 1000000n);

function name(what, value) {
  const string = text(value);
  if (Buffer.byteLength(string) > MAX_NAME_BYTES) throw new Error(`${what} is longer than 1,024 bytes`);
  return string;
}

function flat(pairs) {
  return Object.fromEntries(Object.entries(pairs ?? {}).map(([key, value]) => [name('a name', key), text(value)]));
}

/** The id as a directory name: one id, one name, also where the file system folds case. */
function folderName(id) {
  let folder = '';
  for (const byte of Buffer.from(id)) {
    const character = String.fromCharCode(byte);
    const plain = /[a-z0-9_.-]/.test(character) && (folder !== '' || /[a-z0-9_]/.test(character));
    folder += plain ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }
  if (folder === '' || folder.length > MAX_FOLDER_NAME_BYTES) throw new Error('the id of a user or session is empty or too long');
  return folder;
}

class TrackerLog {
  #queue = []; #queued = 0; #file = null; #number = 0; #seq = 0; #size = 0; #opened = 0;
  #reported = 0; #retryAt = 0; #failing = false; #unusable = false; #closed = false; #timer = null;
  dropped = 0;
  error = null;

  /** Options: data, user, session, name, rotateBytes. Without them: the environment, and a new session. */
  static open(options = {}) { return new TrackerLog(options); }

  constructor({ data, user, session, name: title, rotateBytes = ROTATE_BYTES }) {
    this.data = path.resolve(data || process.env.TRACKER_DATA || 'data');
    this.user = text(user || process.env.LOCAL_TRACKER_USER_ID || 'anonymous');
    const stamp = new Date().toISOString().replace(/[-:]|\..*/g, '').replace('T', '-');
    this.session = text(session || `${stamp}-${randomBytes(4).toString('hex')}`);
    this.rotateBytes = rotateBytes;
    this.writer = randomBytes(8).toString('hex');
    try {
      this.folders = ['log', folderName(this.user), folderName(this.session)];
      this.#openFolder();
    } catch (error) {
      this.error = error.message;
      this.#unusable = this.folders?.length !== 3 || this.#unusable;
    }
    if (openLogs.size === 0) process.once('exit', flushAll);
    openLogs.add(this);
    this.event('session', { name: title, user: this.user, host: os.hostname() });
  }

  /** One value. Details: unit, run, ok, labels, ts (Unix milliseconds). */
  sample(metric, value, { unit, run, ok, labels, ts } = {}) {
    return this.#accept(() => {
      const length = typeof metric === 'string' ? [...metric].length : 0;
      if (length < 1 || length > MAX_METRIC_LENGTH) throw new Error('metric is not a string of 1 to 128 characters');
      if (!Number.isFinite(value)) throw new Error('value is not a finite number');
      const all = labels && flat(labels);
      if (all && Object.keys(all).length > MAX_LABELS) throw new Error('more than 32 labels');
      return {
        ts: ts ?? Date.now(), metric: text(metric), value, unit: unit == null ? undefined : name('unit', unit),
        run: run == null ? undefined : name('run', run), ok: ok == null ? undefined : Boolean(ok), labels: all,
      };
    });
  }

  /** Starts a run; `id`, `test`, `target` and `params` are optional. */
  run({ id = `run-${randomBytes(4).toString('hex')}`, test, target, params } = {}) {
    this.event('run_started', { run: id, test, target, params: params && flat(params) });
    return new Run(this, id);
  }

  note(words, run) { return this.event('note', { text: text(words), run }); }

  /** Any other event of the format. Fields that are undefined are left out. */
  event(kind, fields) {
    return this.#accept(() => {
      const entries = Object.entries(fields).filter(([, value]) => value != null);
      return { ts: Date.now(), event: kind, ...Object.fromEntries(entries.map(
        ([key, value]) => [key, typeof value === 'string' ? (key === 'run' ? name('run', value) : text(value)) : value])) };
    });
  }

  /** Writes what is queued. When it returns true, a killed program loses nothing of it. */
  flush() {
    return this.#queue.length ? this.#writeQueue() : !this.#unusable;
  }

  /** Returns whether everything was written. Later events are dropped. */
  close() {
    if (this.#closed) return this.dropped === 0;
    const whole = this.flush();
    this.#closed = true;
    openLogs.delete(this);
    if (openLogs.size === 0) process.off('exit', flushAll);
    clearTimeout(this.#timer);
    this.dropped += this.#queue.length;
    this.#queue = [];
    this.#leaveSegment();
    return whole && this.dropped === 0;
  }

  #accept(make) {
    try {
      if (this.#closed) throw new Error('the log is closed');
      if (this.#unusable) throw new Error(this.error);
      const line = Buffer.from(`${JSON.stringify(make())}\n`);
      if (line.length > MAX_LINE_BYTES + 1) throw new Error('line longer than 1 MiB');
      if (this.#queued + line.length > MAX_QUEUED_BYTES) throw new Error(`the queue is full: ${this.error}`);
      this.#queue.push(line);
      this.#queued += line.length;
    } catch (error) {
      this.dropped += 1;
      this.error = error.message;
      return false;
    }
    const due = this.#queue.length >= FRAME_EVENTS || this.#queued >= FRAME_CONTENT_BYTES;
    if (due && (!this.#failing || ticks() >= this.#retryAt)) this.#writeQueue();
    else this.#timer ??= setTimeout(() => { this.#timer = null; this.flush(); }, FRAME_MS).unref();
    return true;
  }

  #writeQueue() {
    try {
      this.#failing = true; // until the frame is written
      this.#retryAt = ticks() + RETRY_MS;
      if (this.#unusable) return false;
      if (this.#file === null || this.#size >= this.rotateBytes || ticks() - this.#opened >= ROTATE_MS) this.#nextSegment();
      const dropped = this.dropped - this.#reported;
      const header = { frame: 1, session: this.session, writer: this.writer, seq: this.#seq, events: this.#queue.length,
        at: Date.now(), ...(dropped && { dropped }) };
      this.#append(compress(Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...this.#queue])));
      this.#reported += dropped;
      this.#seq += 1;
      this.#queue = [];
      this.#queued = 0;
      this.#failing = false;
      return true;
    } catch (error) {
      this.error = error.message;
      return false;
    }
  }

  /** One write of the whole frame. A short one is cut off and tried once more, never continued. */
  #append(frame) {
    let failure;
    for (let tries = 0; tries < 2; tries += 1) {
      failure = new Error('a short write');
      try {
        if (fs.writeSync(this.#file, frame) === frame.length) { this.#size += frame.length; return; }
      } catch (error) {
        failure = error;
      }
      try { fs.ftruncateSync(this.#file, this.#size); } catch { this.#leaveSegment(); break; }
    }
    throw failure;
  }

  /** Makes ROOT/log/user/session and checks the folder's format, before anything is written. */
  #openFolder() {
    fs.mkdirSync(this.data, { recursive: true, mode: 0o700 });
    const description = path.join(this.data, 'tracker.json');
    if (!fs.existsSync(description)) { // made whole, and never over that of another writer
      const temporary = `${description}.${this.writer}.tmp`;
      fs.writeFileSync(temporary, '{"format":1}\n', { flag: 'wx', mode: 0o600 });
      try { fs.linkSync(temporary, description); } catch { /* without the file it is format 1 */ }
      fs.unlinkSync(temporary);
    }
    if (fs.existsSync(description)) {
      let format;
      try { format = JSON.parse(fs.readFileSync(description, 'utf8')).format; } catch { /* refused below */ }
      if (format !== 1) {
        this.#unusable = true;
        throw new Error(`${description} does not name format 1: use a newer client, or another folder`);
      }
    }
    let folder = this.data;
    for (const inner of this.folders) {
      const parent = folder;
      folder = path.join(parent, inner);
      try { fs.mkdirSync(folder, { mode: 0o700 }); syncFolder(parent); } catch (error) { if (error.code !== 'EEXIST') throw error; }
      if (!fs.lstatSync(folder).isDirectory()) throw new Error(`${folder} is no folder`);
    }
    return folder;
  }

  #nextSegment() {
    const folder = this.#openFolder();
    const segment = path.join(folder, `${this.writer}.${String(this.#number + 1).padStart(6, '0')}.${ending}`);
    const file = fs.openSync(segment, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW, 0o600);
    // Node has no flock. A lock is of the open file, so that which another program takes on it stays with this one.
    spawnSync('flock', ['-s', '-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', file], timeout: LOCK_TIMEOUT_MS });
    syncFolder(folder);
    this.#leaveSegment();
    this.#file = file;
    this.#number += 1;
    this.#size = 0;
    this.#opened = ticks();
  }

  #leaveSegment() {
    const file = this.#file;
    this.#file = null;
    try { if (file !== null) fs.closeSync(file); } catch (error) { this.error = error.message; }
  }
}

function syncFolder(folder) {
  const file = fs.openSync(folder, 'r');
  try { fs.fsyncSync(file); } finally { fs.closeSync(file); }
}

class Run {
  constructor(log, id) {
    this.log = log;
    this.id = id;
  }

  sample(metric, value, details = {}) { return this.log.sample(metric, value, { ...details, run: this.id }); }

  note(words) { return this.log.note(words, this.id); }

  /** `state`: finished, failed or stopped. */
  finish(state = 'finished') {
    return this.log.event('run_finished', { run: this.id, state: STATES.includes(state) ? state : 'failed' });
  }
}

module.exports = { TrackerLog, Run };
