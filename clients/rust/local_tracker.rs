//! Local Tracker, Rust client: one file, the standard library and the system's libzstd. Linux and macOS.
//!
//! ```no_run
//! let log = local_tracker::Log::open(local_tracker::Options { name: Some("cache off"), ..Default::default() });
//! let run = log.run("warm cache", "http://localhost:3000/");
//! run.sample("http.latency_ms", 12.5, local_tracker::Details { unit: Some("ms"), ..Default::default() });
//! run.finish("finished");
//! log.close();
//! ```
//!
//! A `Log` may be shared between threads. Nothing here panics or ends the program: what a call did not accept
//! or write is an `Err` with the reason, and is counted ([`Log::dropped`]), so the result may be ignored.
//! Events are queued and written as one frame of 100 events, or of a second by the next call; the
//! last ones by `flush`, `close` or when the log is dropped. The format is docs/FORMAT.md of the tracker.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::raw::{c_int, c_uint, c_void};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::io::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const FRAME_EVENTS: u64 = 100;
const FRAME_CONTENT_BYTES: usize = 256 << 10; // of a busy writer's frame
const FRAME_AGE: Duration = Duration::from_secs(1);
const RETRY_AFTER: Duration = Duration::from_secs(1); // between two tries on a disk that failed
const MAX_LINE_BYTES: usize = 1 << 20;
const MAX_QUEUED_BYTES: usize = 3 << 20; // one frame, below its 4 MiB even if nothing can be compressed
const MAX_NAME_BYTES: usize = 1024;
const MAX_METRIC_LENGTH: usize = 128;
const MAX_LABELS: usize = 32;
const MAX_FOLDER_NAME_BYTES: usize = 200;
const ROTATE_BYTES: u64 = 64 << 20;
const ROTATE_AGE: Duration = Duration::from_secs(24 * 3600);
const LOCK_TRIES: u32 = 20; // 10 ms apart: an indexer may hold the lock for a moment
const COMPRESSION_LEVEL: c_int = 1;

/// What is `None` has its default: the environment, and a new session.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    pub data: Option<&'a Path>,
    pub user: Option<&'a str>,
    pub session: Option<&'a str>,
    pub name: Option<&'a str>,
    pub rotate_bytes: Option<u64>,
}

/// What a sample may have beside its value.
#[derive(Clone, Copy, Default)]
pub struct Details<'a> {
    pub unit: Option<&'a str>,
    pub run: Option<&'a str>,
    pub ok: Option<bool>,
    pub labels: &'a [(&'a str, &'a str)],
    /// Unix milliseconds; now without it.
    pub ts: Option<u64>,
}

/// Why something was not accepted or not written.
#[derive(Clone, Debug)]
pub struct Error(String);

impl std::fmt::Display for Error {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error(error.to_string())
    }
}

/// A session that is being written.
pub struct Log {
    state: Mutex<State>,
    session: String,
}

/// A run of the session, between its start and `finish`.
pub struct Run<'a> {
    log: &'a Log,
    id: String,
}

impl Log {
    /// A folder that cannot be written shows in [`Log::error`].
    pub fn open(options: Options) -> Log {
        let setting = |given: Option<&str>, variable: &str, otherwise: &str| {
            let found = given.map(str::to_owned).or_else(|| std::env::var(variable).ok());
            found.filter(|text| !text.is_empty()).unwrap_or_else(|| otherwise.to_owned())
        };
        let user = setting(options.user, "LOCAL_TRACKER_USER_ID", "anonymous");
        let session = options.session.map_or_else(new_session_id, str::to_owned);
        let data = options.data.map_or_else(|| setting(None, "TRACKER_DATA", "data").into(), Path::to_owned);
        let mut state = State::new(data, session.clone(), options.rotate_bytes.unwrap_or(ROTATE_BYTES));
        match (folder_name(&user), folder_name(&session)) {
            (Some(user), Some(session)) => {
                state.folders = vec!["log".into(), user, session];
                if let Err(error) = state.open_folder() {
                    state.error = Some(error);
                }
            }
            _ => {
                state.unusable = true;
                state.error = Some(Error("the id of a user or session is empty or too long".into()));
            }
        }
        let log = Log { state: Mutex::new(state), session };
        let host = fs::read_to_string("/etc/hostname").ok();
        let _ = log.event(
            "session",
            &[("name", options.name), ("user", Some(&user)), ("host", host.as_deref().map(str::trim))],
            &[],
        );
        log
    }

    pub fn session(&self) -> &str {
        &self.session
    }

    /// Events that were not accepted, or could not be written so far.
    pub fn dropped(&self) -> u64 {
        let state = self.lock();
        state.dropped + if state.failing { state.events } else { 0 }
    }

    pub fn error(&self) -> Option<Error> {
        self.lock().error.clone()
    }

    /// Starts a run with an id of its own.
    pub fn run(&self, test: &str, target: &str) -> Run<'_> {
        self.run_with(&format!("run-{}", random_hex(4)), test, target, &[])
    }

    pub fn run_with(&self, id: &str, test: &str, target: &str, params: &[(&str, &str)]) -> Run<'_> {
        let _ = self.event("run_started", &[("run", Some(id)), ("test", Some(test)), ("target", Some(target))], params);
        Run { log: self, id: id.to_owned() }
    }

    pub fn note(&self, text: &str) -> Result<(), Error> {
        self.event("note", &[("text", Some(text))], &[])
    }

    /// One value.
    pub fn sample(&self, metric: &str, value: f64, details: Details) -> Result<(), Error> {
        let names = details.labels.iter().map(|label| label.0).chain(details.unit).chain(details.run);
        let refused = if metric.is_empty() || metric.chars().count() > MAX_METRIC_LENGTH {
            Some("metric is not a string of 1 to 128 characters")
        } else if !value.is_finite() {
            Some("value is not a finite number")
        } else if details.labels.len() > MAX_LABELS {
            Some("more than 32 labels")
        } else if names.into_iter().any(|name| name.len() > MAX_NAME_BYTES) {
            Some("name longer than 1,024 bytes")
        } else if details.labels.iter().enumerate().any(|(i, a)| details.labels[..i].iter().any(|b| a.0 == b.0)) {
            Some("a label is given twice")
        } else {
            None
        };
        self.accept(refused, details.ts, |line| {
            put_member(line, "metric", Some(metric));
            let _ = write!(line, ",\"value\":{value:?}");
            put_member(line, "unit", details.unit);
            put_member(line, "run", details.run);
            if let Some(ok) = details.ok {
                let _ = write!(line, ",\"ok\":{ok}");
            }
            put_pairs(line, "labels", details.labels);
        })
    }

    fn event(&self, kind: &str, members: &[(&str, Option<&str>)], params: &[(&str, &str)]) -> Result<(), Error> {
        let long = members.iter().any(|member| member.0 == "run" && member.1.unwrap_or("").len() > MAX_NAME_BYTES);
        self.accept(long.then_some("name longer than 1,024 bytes"), None, |line| {
            put_member(line, "event", Some(kind));
            members.iter().for_each(|member| put_member(line, member.0, member.1));
            put_pairs(line, "params", params);
        })
    }

    /// Writes what is queued. When it returns `Ok`, a killed program loses nothing of it.
    pub fn flush(&self) -> Result<(), Error> {
        self.lock().flush()
    }

    /// Writes what is queued, and says whether all of the log could be written.
    pub fn close(self) -> Result<(), Error> {
        let mut state = self.lock();
        state.flush()?;
        match state.dropped {
            0 => Ok(()),
            count => Err(Error(format!("{count} events were dropped; the last error: {:?}", state.error))),
        }
    }

    /// What a thread that panicked while it held the lock left behind is whole: each step is.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn accept(&self, refused: Option<&str>, ts: Option<u64>, make: impl FnOnce(&mut String)) -> Result<(), Error> {
        let mut state = self.lock();
        let unusable = state.unusable.then(|| state.error.clone()).flatten();
        let refused = refused.map(|text| Error(text.into())).or(unusable);
        let result = refused.map_or_else(|| state.accept(ts, make), Err);
        if let Err(error) = &result {
            state.dropped += 1;
            state.error = Some(error.clone());
        }
        result
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

impl Run<'_> {
    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn sample(&self, metric: &str, value: f64, details: Details) -> Result<(), Error> {
        self.log.sample(metric, value, Details { run: Some(&self.id), ..details })
    }

    pub fn note(&self, text: &str) -> Result<(), Error> {
        self.log.event("note", &[("text", Some(text)), ("run", Some(&self.id))], &[])
    }

    /// `state`: finished, failed or stopped.
    pub fn finish(self, state: &str) -> Result<(), Error> {
        let state = if ["finished", "failed", "stopped"].contains(&state) { state } else { "failed" };
        self.log.event("run_finished", &[("run", Some(&self.id)), ("state", Some(state))], &[])
    }
}

struct State {
    data: PathBuf,
    folders: Vec<String>,
    session: String,
    writer: String,
    rotate_bytes: u64,
    zstd: Compressor,
    queue: String,
    file: Option<File>,
    number: u32,
    size: u64,
    opened: Instant,
    first: Instant,
    retry_at: Instant,
    seq: u64,
    events: u64,
    dropped: u64,
    reported: u64,
    unusable: bool,
    failing: bool,
    error: Option<Error>,
}

impl State {
    fn new(data: PathBuf, session: String, rotate_bytes: u64) -> State {
        let now = Instant::now();
        State {
            data,
            folders: Vec::new(),
            session,
            writer: random_hex(8),
            rotate_bytes,
            zstd: Compressor::new(),
            queue: String::new(),
            file: None,
            number: 0,
            size: 0,
            opened: now,
            first: now,
            retry_at: now,
            seq: 0,
            events: 0,
            dropped: 0,
            reported: 0,
            unusable: false,
            failing: false,
            error: None,
        }
    }

    fn accept(&mut self, ts: Option<u64>, make: impl FnOnce(&mut String)) -> Result<(), Error> {
        let before = self.queue.len();
        let _ = write!(self.queue, "{{\"ts\":{}", ts.unwrap_or_else(now_ms));
        make(&mut self.queue);
        self.queue.push_str("}\n");
        let too_long = self.queue.len() - before > MAX_LINE_BYTES + 1;
        if too_long || self.queue.len() > MAX_QUEUED_BYTES {
            self.queue.truncate(before);
            return Err(Error(if too_long { "line longer than 1 MiB" } else { "the queue is full" }.into()));
        }
        let now = Instant::now();
        if self.events == 0 {
            self.first = now;
        }
        self.events += 1;
        let due =
            self.events >= FRAME_EVENTS || self.queue.len() >= FRAME_CONTENT_BYTES || now - self.first >= FRAME_AGE;
        if due && (!self.failing || now >= self.retry_at) {
            let _ = self.flush(); // the event waits in the queue
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        if self.unusable {
            return Err(self.error.clone().unwrap_or_else(|| Error("the log is unusable".into())));
        }
        if self.events == 0 {
            return Ok(());
        }
        self.failing = true; // until the frame is written
        self.retry_at = Instant::now() + RETRY_AFTER;
        let result = self.write_queue();
        self.failing = result.is_err();
        if let Err(error) = &result {
            self.error = Some(error.clone());
        }
        result
    }

    fn write_queue(&mut self) -> Result<(), Error> {
        if self.file.is_none() || self.size >= self.rotate_bytes || self.opened.elapsed() >= ROTATE_AGE {
            self.next_segment()?;
        }
        let mut content = String::from("{\"frame\":1,\"session\":");
        put_string(&mut content, &self.session);
        let _ = write!(
            content,
            ",\"writer\":\"{}\",\"seq\":{},\"events\":{},\"at\":{}",
            self.writer,
            self.seq,
            self.events,
            now_ms()
        );
        if self.dropped > self.reported {
            let _ = write!(content, ",\"dropped\":{}", self.dropped - self.reported);
        }
        content.push_str("}\n");
        content.push_str(&self.queue);
        let frame = self.zstd.compress(content.as_bytes())?;
        self.append(&frame)?;
        self.reported = self.dropped;
        self.seq += 1;
        self.events = 0;
        self.queue.clear();
        Ok(())
    }

    /// One write of the whole frame. A short one is cut off and tried once more, never continued.
    fn append(&mut self, frame: &[u8]) -> io::Result<()> {
        let mut failure = io::Error::new(io::ErrorKind::Other, "a short write");
        for _ in 0..2 {
            let file = match self.file.as_mut() {
                Some(file) => file,
                None => break,
            };
            match file.write(frame) {
                Ok(written) if written == frame.len() => {
                    self.size += written as u64;
                    return Ok(());
                }
                Ok(_) => {}
                Err(error) => failure = error,
            }
            if file.set_len(self.size).is_err() {
                self.file = None; // the torn bytes stay; readers skip them
            }
        }
        Err(failure)
    }

    /// Makes the folders and checks the format of the data folder, before anything is written.
    fn open_folder(&mut self) -> Result<PathBuf, Error> {
        DirBuilder::new().mode(0o700).recursive(true).create(&self.data)?;
        let description = self.data.join("tracker.json");
        if !description.try_exists()? {
            // Made whole, and never over that of another writer. Without the file it is format 1.
            let temporary = self.data.join(format!("tracker.json.{}.tmp", self.writer));
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&temporary)?
                .write_all(b"{\"format\":1}\n")?;
            let _ = fs::hard_link(&temporary, &description);
            fs::remove_file(&temporary)?;
        }
        if description.try_exists()? && !names_format_1(&fs::read_to_string(&description)?) {
            self.unusable = true;
            return Err(Error(format!(
                "{} does not name format 1: use a newer client, or another folder",
                description.display()
            )));
        }
        let mut folder = self.data.clone();
        for name in &self.folders {
            let inner = folder.join(name);
            match DirBuilder::new().mode(0o700).create(&inner) {
                Ok(()) => File::open(&folder)?.sync_all()?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.into()),
            }
            if !fs::symlink_metadata(&inner)?.is_dir() {
                return Err(Error(format!("{} is no folder", inner.display())));
            }
            folder = inner;
        }
        Ok(folder)
    }

    fn next_segment(&mut self) -> Result<(), Error> {
        let folder = self.open_folder()?;
        let segment = folder.join(format!("{}.{:06}.jsonl.zst", self.writer, self.number + 1));
        // `create_new` is O_EXCL, which follows no link.
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(segment)?;
        for _ in 0..LOCK_TRIES {
            // SAFETY: the descriptor is open as long as `file` lives.
            if unsafe { flock(file.as_raw_fd(), LOCK_SH | LOCK_NB) } == 0
                || io::Error::last_os_error().kind() != io::ErrorKind::WouldBlock
            {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        File::open(&folder)?.sync_all()?;
        self.file = Some(file);
        self.number += 1;
        self.size = 0;
        self.opened = Instant::now();
        Ok(())
    }
}

fn names_format_1(text: &str) -> bool {
    let value = text.split_once("\"format\"").and_then(|(_, rest)| rest.trim_start().strip_prefix(':'));
    let number = value.and_then(|rest| rest.split([',', '}']).next());
    number.map_or(false, |text| text.trim().parse() == Ok(1.0))
}

/// The id as a directory name: one id, one name, also where the file system folds case.
fn folder_name(id: &str) -> Option<String> {
    let mut name = String::new();
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'_' => name.push(byte as char),
            b'.' | b'-' if !name.is_empty() => name.push(byte as char),
            _ => name.push_str(&format!("%{byte:02x}")),
        }
    }
    (!name.is_empty() && name.len() <= MAX_FOLDER_NAME_BYTES).then_some(name)
}

fn put_member(line: &mut String, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = write!(line, ",\"{key}\":");
        put_string(line, value);
    }
}

fn put_pairs(line: &mut String, key: &str, pairs: &[(&str, &str)]) {
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index == 0 {
            let _ = write!(line, ",\"{key}\":{{");
        } else {
            line.push(',');
        }
        put_string(line, name);
        line.push(':');
        put_string(line, value);
    }
    if !pairs.is_empty() {
        line.push('}');
    }
}

fn put_string(line: &mut String, text: &str) {
    line.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => line.extend(['\\', character]),
            '\0'..='\x1f' => {
                let _ = write!(line, "\\u{:04x}", character as u32);
            }
            _ => line.push(character),
        }
    }
    line.push('"');
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

fn random_hex(bytes: usize) -> String {
    let mut random = vec![0u8; bytes];
    if File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut random)).is_err() {
        let mixed = now_ms().wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(std::process::id()) << 40;
        random.iter_mut().zip(mixed.to_le_bytes()).for_each(|(byte, other)| *byte = other);
    }
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `yyyymmdd-hhmmss-<8 hex>` in UTC, so that names sort by time.
fn new_session_id() -> String {
    let seconds = now_ms() / 1000;
    // Days since 1 March of the year 0: the leap day is then the last of its year.
    let days = seconds / 86400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}-{}", random_hex(4))
}

const LOCK_SH: c_int = 1;
const LOCK_NB: c_int = 4;
const ZSTD_COMPRESSION_LEVEL: c_int = 100; // ZSTD_cParameter: stable numbers of zstd.h
const ZSTD_CHECKSUM_FLAG: c_int = 201;

extern "C" {
    fn flock(file: c_int, operation: c_int) -> c_int;
}

#[link(name = "zstd")]
extern "C" {
    fn ZSTD_createCCtx() -> *mut c_void;
    fn ZSTD_freeCCtx(context: *mut c_void) -> usize;
    fn ZSTD_CCtx_setParameter(context: *mut c_void, parameter: c_int, value: c_int) -> usize;
    fn ZSTD_compressBound(size: usize) -> usize;
    fn ZSTD_compress2(context: *mut c_void, out: *mut c_void, room: usize, source: *const c_void, size: usize)
        -> usize;
    fn ZSTD_isError(code: usize) -> c_uint;
}

struct Compressor(*mut c_void);

// SAFETY: the context is used only through `&mut`, and has no thread of its own.
unsafe impl Send for Compressor {}

impl Compressor {
    fn new() -> Compressor {
        // SAFETY: null is without memory; it is given to no function but `ZSTD_freeCCtx`, which takes it.
        unsafe {
            let context = ZSTD_createCCtx();
            if !context.is_null() {
                ZSTD_CCtx_setParameter(context, ZSTD_CHECKSUM_FLAG, 1);
                ZSTD_CCtx_setParameter(context, ZSTD_COMPRESSION_LEVEL, COMPRESSION_LEVEL);
            }
            Compressor(context)
        }
    }

    fn compress(&mut self, content: &[u8]) -> Result<Vec<u8>, Error> {
        if self.0.is_null() {
            return Err(Error("no memory for zstd".into()));
        }
        // SAFETY: both lengths are those of the buffers, and the context is not null.
        unsafe {
            let mut frame = vec![0u8; ZSTD_compressBound(content.len())];
            let size =
                ZSTD_compress2(self.0, frame.as_mut_ptr().cast(), frame.len(), content.as_ptr().cast(), content.len());
            if ZSTD_isError(size) != 0 {
                return Err(Error("zstd could not compress a frame".into()));
            }
            frame.truncate(size);
            Ok(frame)
        }
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        // SAFETY: nothing uses the context any more.
        unsafe { ZSTD_freeCCtx(self.0) };
    }
}
