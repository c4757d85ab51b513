// Package localtracker is the Go client of Local Tracker: one file, the standard library alone, Linux and macOS.
//
//	log := localtracker.Open(localtracker.Options{Name: "cache off, then on"})
//	defer log.Close()
//	run := log.Run("warm cache", "http://localhost:3000/")
//	run.Sample("http.latency_ms", 12.5, localtracker.Details{Unit: "ms"})
//	run.Finish("finished")
//
// A Log may be used by several goroutines. Nothing here panics: what a call did not accept or write is
// an error, and is counted (Log.Dropped), so the error may be ignored. Events are queued and written as
// one gzip member of 100 events, or of a second. The format is docs/FORMAT.md of the tracker.
package localtracker

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"
)

const (
	frameEvents     = 100
	frameContent    = 256 << 10 // of a busy writer's frame
	frameAge        = time.Second
	retryAfter      = time.Second // between two tries on a disk that failed
	maxLine         = 1 << 20
	maxQueued       = 3 << 20 // one frame, below its 4 MiB even if nothing can be compressed
	maxName         = 1024
	maxMetricLength = 128
	maxLabels       = 32
	maxFolderName   = 200
	rotateBytes     = 64 << 20
	rotateAge       = 24 * time.Hour
	lockTries       = 20 // 10 ms apart: an indexer may hold the lock for a moment
)

// Options of Open. What is empty has its default: the environment, and a new session.
type Options struct {
	Data, User, Session, Name string
	RotateBytes               int64
}

// Details are what a sample may have beside its value.
type Details struct {
	Unit, Run string
	OK        *bool // nil: not known
	Labels    map[string]string
	TS        int64 // Unix milliseconds; 0: now
}

// Log is a session that is being written.
type Log struct {
	mutex                          sync.Mutex
	data, session, writer          string
	folders                        []string
	rotateBytes                    int64
	queue                          bytes.Buffer
	file                           int
	number                         int
	size                           int64
	opened, retryAt                time.Time
	seq, events, dropped, reported uint64
	unusable, failing, closed      bool
	err                            error
	timer                          *time.Timer
	compressor                     *gzip.Writer
}

// Run is a run of the session, between its start and Finish.
type Run struct {
	log *Log
	ID  string
}

type sample struct {
	TS     int64             `json:"ts"`
	Metric string            `json:"metric"`
	Value  float64           `json:"value"`
	Unit   string            `json:"unit,omitempty"`
	Run    string            `json:"run,omitempty"`
	OK     *bool             `json:"ok,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
}

type event struct {
	TS     int64             `json:"ts"`
	Event  string            `json:"event"`
	Run    string            `json:"run,omitempty"`
	Name   string            `json:"name,omitempty"`
	User   string            `json:"user,omitempty"`
	Host   string            `json:"host,omitempty"`
	Test   string            `json:"test,omitempty"`
	Target string            `json:"target,omitempty"`
	Params map[string]string `json:"params,omitempty"`
	State  string            `json:"state,omitempty"`
	Text   string            `json:"text,omitempty"`
}

// Open never fails: a folder that cannot be written shows in Err.
func Open(options Options) *Log {
	user := first(options.User, os.Getenv("LOCAL_TRACKER_USER_ID"), "anonymous")
	log := &Log{
		data:        first(options.Data, os.Getenv("TRACKER_DATA"), "data"),
		session:     first(options.Session, time.Now().UTC().Format("20060102-150405-")+randomHex(4)),
		writer:      randomHex(8),
		rotateBytes: options.RotateBytes,
		file:        -1,
	}
	if log.rotateBytes <= 0 {
		log.rotateBytes = rotateBytes
	}
	log.compressor, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // fails only for a level that does not exist
	log.folders = []string{"log", folderName(user), folderName(log.session)}
	if log.folders[1] == "" || log.folders[2] == "" || !utf8.ValidString(log.session) {
		log.unusable, log.err = true, errors.New("the id of a user or session is empty, too long or no UTF-8")
	} else if _, err := log.openFolder(); err != nil {
		log.err = err
	}
	host, _ := os.Hostname()
	log.put(event{Event: "session", Name: options.Name, User: user, Host: host})
	return log
}

// Session is the id of the session.
func (log *Log) Session() string { return log.session }

// Dropped counts the events that were not accepted, or could not be written so far.
func (log *Log) Dropped() uint64 {
	log.mutex.Lock()
	defer log.mutex.Unlock()
	if log.failing {
		return log.dropped + log.events
	}
	return log.dropped
}

// Err is the last error; nil without one.
func (log *Log) Err() error {
	log.mutex.Lock()
	defer log.mutex.Unlock()
	return log.err
}

// Run starts a run with an id of its own.
func (log *Log) Run(test, target string) *Run {
	return log.RunWith("run-"+randomHex(4), test, target, nil)
}

// RunWith starts a run with an id and parameters of your choice.
func (log *Log) RunWith(id, test, target string, params map[string]string) *Run {
	log.put(event{Event: "run_started", Run: id, Test: test, Target: target, Params: params})
	return &Run{log, id}
}

// Note writes a note on the session.
func (log *Log) Note(text string) error { return log.put(event{Event: "note", Text: text}) }

// Sample records one value.
func (log *Log) Sample(metric string, value float64, details Details) error {
	length := utf8.RuneCountInString(metric)
	names := []string{details.Unit, details.Run}
	for name := range details.Labels {
		names = append(names, name)
	}
	switch {
	case length < 1 || length > maxMetricLength:
		return log.refuse(errors.New("metric is not a string of 1 to 128 characters"))
	case math.IsNaN(value) || math.IsInf(value, 0):
		return log.refuse(errors.New("value is not a finite number"))
	case len(details.Labels) > maxLabels:
		return log.refuse(errors.New("more than 32 labels"))
	case tooLong(names...):
		return log.refuse(errors.New("name longer than 1,024 bytes"))
	}
	ts := details.TS
	if ts == 0 {
		ts = time.Now().UnixMilli()
	}
	return log.accept(sample{ts, metric, value, details.Unit, details.Run, details.OK, details.Labels})
}

// Sample records one value of the run.
func (run *Run) Sample(metric string, value float64, details Details) error {
	details.Run = run.ID
	return run.log.Sample(metric, value, details)
}

// Note writes a note on the run.
func (run *Run) Note(text string) error {
	return run.log.put(event{Event: "note", Text: text, Run: run.ID})
}

// Finish ends the run. The state is finished, failed or stopped.
func (run *Run) Finish(state string) error {
	if state != "finished" && state != "stopped" {
		state = "failed"
	}
	return run.log.put(event{Event: "run_finished", Run: run.ID, State: state})
}

// Flush writes what is queued. When it returns nil, a killed program loses nothing of it.
func (log *Log) Flush() error {
	log.mutex.Lock()
	defer log.mutex.Unlock()
	return log.flush()
}

// Close writes what is queued. Its error says that something was lost. Later events are dropped.
func (log *Log) Close() error {
	log.mutex.Lock()
	defer log.mutex.Unlock()
	if !log.closed {
		log.flush()
		log.dropped += log.events
		log.events, log.failing, log.closed = 0, false, true
		log.leaveSegment()
	}
	if log.dropped > 0 {
		return fmt.Errorf("%d events were dropped; the last error: %w", log.dropped, log.err)
	}
	return nil
}

func (log *Log) put(what event) error {
	if tooLong(what.Run) {
		return log.refuse(errors.New("name longer than 1,024 bytes"))
	}
	what.TS = time.Now().UnixMilli()
	return log.accept(what)
}

func (log *Log) refuse(err error) error {
	log.mutex.Lock()
	defer log.mutex.Unlock()
	return log.drop(err)
}

func (log *Log) drop(err error) error {
	log.dropped++
	log.err = err
	return err
}

func (log *Log) accept(what interface{}) error {
	line, err := encode(what)
	log.mutex.Lock()
	defer log.mutex.Unlock()
	switch {
	case err != nil:
		return log.drop(err)
	case log.closed:
		return log.drop(errors.New("the log is closed"))
	case log.unusable:
		return log.drop(log.err)
	case len(line) > maxLine+1:
		return log.drop(errors.New("line longer than 1 MiB"))
	case log.queue.Len()+len(line) > maxQueued:
		return log.drop(errors.New("the queue is full"))
	}
	log.queue.Write(line)
	log.events++
	due := log.events >= frameEvents || log.queue.Len() >= frameContent
	if due && (!log.failing || time.Now().After(log.retryAt)) {
		log.flush() // on an error the event waits in the queue
	} else if log.timer == nil {
		log.timer = time.AfterFunc(frameAge, func() {
			log.mutex.Lock()
			defer log.mutex.Unlock()
			log.timer = nil
			if !log.closed {
				log.flush()
			}
		})
	}
	return nil
}

func (log *Log) flush() error {
	if log.unusable {
		return log.err
	}
	if log.events == 0 {
		return nil
	}
	log.failing, log.retryAt = true, time.Now().Add(retryAfter) // until the frame is written
	if err := log.writeQueue(); err != nil {
		log.err = err
		return err
	}
	log.failing = false
	return nil
}

func (log *Log) writeQueue() error {
	if log.file < 0 || log.size >= log.rotateBytes || time.Since(log.opened) >= rotateAge {
		if err := log.nextSegment(); err != nil {
			return err
		}
	}
	session, err := encode(log.session)
	if err != nil {
		return err
	}
	header := fmt.Sprintf(`{"frame":1,"session":%s,"writer":"%s","seq":%d,"events":%d,"at":%d`,
		bytes.TrimSpace(session), log.writer, log.seq, log.events, time.Now().UnixMilli())
	if dropped := log.dropped - log.reported; dropped > 0 {
		header += `,"dropped":` + strconv.FormatUint(dropped, 10)
	}
	var frame bytes.Buffer // takes all that is written, so gzip has no error
	log.compressor.Reset(&frame)
	log.compressor.Write([]byte(header + "}\n"))
	log.compressor.Write(log.queue.Bytes())
	log.compressor.Close()
	if err := log.append(frame.Bytes()); err != nil {
		return err
	}
	log.reported = log.dropped
	log.seq++
	log.events = 0
	log.queue.Reset()
	return nil
}

// append makes one write(2) of the whole frame. A short one is cut off and tried once more. os.File
// would write the rest of it, which may then stand behind another's bytes.
func (log *Log) append(frame []byte) error {
	failure := errors.New("a short write")
	for tries := 0; tries < 2; tries++ {
		written, err := syscall.Write(log.file, frame)
		for err == syscall.EINTR {
			written, err = syscall.Write(log.file, frame)
		}
		if err == nil && written == len(frame) {
			log.size += int64(written)
			return nil
		}
		if err != nil {
			failure = err
		}
		if syscall.Ftruncate(log.file, log.size) != nil {
			log.leaveSegment() // the torn bytes stay; readers skip them
			break
		}
	}
	return failure
}

// openFolder makes the folders and checks the format of the data folder, before anything is written.
func (log *Log) openFolder() (string, error) {
	if err := os.MkdirAll(log.data, 0o700); err != nil {
		return "", err
	}
	description := filepath.Join(log.data, "tracker.json")
	if _, err := os.Lstat(description); os.IsNotExist(err) {
		// Made whole, and never over that of another writer. Without the file it is format 1.
		temporary := description + "." + log.writer + ".tmp"
		if err := os.WriteFile(temporary, []byte("{\"format\":1}\n"), 0o600); err != nil {
			return "", err
		}
		os.Link(temporary, description)
		os.Remove(temporary)
	}
	if text, err := os.ReadFile(description); !os.IsNotExist(err) {
		var found struct{ Format float64 }
		if err != nil || json.Unmarshal(text, &found) != nil || found.Format != 1 {
			log.unusable = true
			return "", fmt.Errorf("%s does not name format 1: use a newer client, or another folder", description)
		}
	}
	folder := log.data
	for _, name := range log.folders {
		inner := filepath.Join(folder, name)
		if err := os.Mkdir(inner, 0o700); err == nil {
			syncFolder(folder)
		} else if !os.IsExist(err) {
			return "", err
		}
		if found, err := os.Lstat(inner); err != nil || !found.IsDir() {
			return "", fmt.Errorf("%s is no folder", inner)
		}
		folder = inner
	}
	return folder, nil
}

func (log *Log) nextSegment() error {
	folder, err := log.openFolder()
	if err != nil {
		return err
	}
	name := filepath.Join(folder, fmt.Sprintf("%s.%06d.jsonl.gz", log.writer, log.number+1))
	const flags = syscall.O_WRONLY | syscall.O_CREAT | syscall.O_EXCL | syscall.O_APPEND | syscall.O_NOFOLLOW | syscall.O_CLOEXEC
	file, err := syscall.Open(name, flags, 0o600)
	if err != nil {
		return &os.PathError{Op: "open", Path: name, Err: err}
	}
	for tries := 0; tries < lockTries; tries++ {
		if syscall.Flock(file, syscall.LOCK_SH|syscall.LOCK_NB) != syscall.EWOULDBLOCK {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	syncFolder(folder)
	log.leaveSegment()
	log.file, log.size, log.opened = file, 0, time.Now()
	log.number++
	return nil
}

func (log *Log) leaveSegment() {
	if log.file >= 0 {
		syscall.Close(log.file)
	}
	log.file = -1
}

func syncFolder(folder string) {
	if file, err := os.Open(folder); err == nil {
		file.Sync()
		file.Close()
	}
}

// folderName is the id as a directory name: one id, one name, also where the file system folds case.
func folderName(id string) string {
	var name strings.Builder
	for i := 0; i < len(id); i++ {
		b := id[i]
		if b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '_' || i > 0 && (b == '.' || b == '-') {
			name.WriteByte(b)
		} else {
			fmt.Fprintf(&name, "%%%02x", b)
		}
	}
	if name.Len() > maxFolderName {
		return ""
	}
	return name.String()
}

// encode is one line of JSON with its end; bytes that are no UTF-8 become U+FFFD.
func encode(what interface{}) ([]byte, error) {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(what)
	return line.Bytes(), err
}

func tooLong(names ...string) bool {
	for _, name := range names {
		if len(name) > maxName {
			return true
		}
	}
	return false
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func randomHex(count int) string {
	random := make([]byte, count)
	if _, err := rand.Read(random); err != nil {
		mixed := uint64(time.Now().UnixNano()) * 0x9e3779b97f4a7c15
		for i := range random {
			random[i] = byte(mixed >> (8 * uint(i)))
		}
	}
	return hex.EncodeToString(random)
}
