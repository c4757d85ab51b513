// The scenarios of clients/conformance, as this client writes them: conformance SCENARIO COUNT.
package main

import (
	"fmt"
	"math"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"localtracker"
)

type details = localtracker.Details

func samples(log *localtracker.Log, metric string, count int) {
	for i := 0; i < count; i++ {
		log.Sample(metric, float64(i), details{Unit: "ms", Labels: map[string]string{"route": "/a"}, TS: 1763899200000 + int64(i)})
	}
}

func story(log *localtracker.Log) {
	yes, no := true, false
	run := log.RunWith("r1", "warm \"cache\"\n", "http://localhost:3000/", map[string]string{"cache": "on", "größe": "1\t2\\"})
	run.Sample("http.latency_ms", 12.5, details{Unit: "ms", OK: &yes, Labels: map[string]string{"route": "/ü/😀", "status": "200"}})
	run.Sample("http.latency_ms", 0.1, details{OK: &no})
	run.Sample("large", 1e300, details{})
	run.Sample("small", -1.5e-9, details{})
	log.Sample("no_run", 3, details{})
	log.Note("line one\nline two \u0001\u007f \u2028")
	run.Finish("failed")
}

func bad(log *localtracker.Log) {
	labels := map[string]string{}
	for i := 0; i < 33; i++ {
		labels[fmt.Sprint("l", i)] = "x"
	}
	log.Sample("", 1, details{})
	log.Sample(strings.Repeat("m", 129), 1, details{})
	log.Sample("m", math.NaN(), details{})
	log.Sample("m", math.Inf(1), details{})
	log.Sample("m", 1, details{Labels: labels})
	log.Sample("m", 1, details{Unit: strings.Repeat("m", 1025)})
	log.Note(strings.Repeat("m", 2<<20))
	log.Sample("good", 1, details{})
	log.Flush()
	log.Sample("good", 1, details{})
}

func acknowledge(log *localtracker.Log, count int) {
	for i := 0; i < count; i++ {
		log.Sample("n", float64(i), details{})
		if i%10 == 9 && log.Flush() == nil {
			fmt.Println(i + 1)
		}
	}
}

func quiet(log *localtracker.Log, milliseconds int) {
	log.Sample("n", 0, details{})
	time.Sleep(time.Duration(milliseconds) * time.Millisecond)
	log.Sample("n", 1, details{})
	fmt.Println(1)
	time.Sleep(time.Minute)
}

func overflow(log *localtracker.Log, count int) {
	samples(log, "n", count)
	fmt.Println("full")
	os.Stdin.Read(make([]byte, 1))
	log.Flush()
}

func threads(log *localtracker.Log, count int) {
	var both sync.WaitGroup
	for _, metric := range []string{"t0", "t1"} {
		both.Add(1)
		go func(metric string) {
			defer both.Done()
			samples(log, metric, count)
		}(metric)
	}
	both.Wait()
}

func main() {
	signal.Ignore(syscall.SIGXFSZ) // a limit of the file size stands for a full disk: the write fails
	count, _ := strconv.Atoi(os.Args[2])
	rotate, _ := strconv.ParseInt(os.Getenv("CONFORMANCE_ROTATE"), 10, 64)
	log := localtracker.Open(localtracker.Options{
		Session: os.Getenv("CONFORMANCE_SESSION"), Name: "Grüße, 世界 😀", RotateBytes: rotate})
	switch os.Args[1] {
	case "story":
		story(log)
	case "samples":
		samples(log, "n", count)
	case "bad":
		bad(log)
	case "acknowledge":
		acknowledge(log, count)
	case "overflow":
		overflow(log, count)
	case "quiet":
		quiet(log, count)
	case "threads":
		threads(log, count)
	}
	log.Close()
	fmt.Println("dropped", log.Dropped())
	if err := log.Err(); err != nil {
		fmt.Println("error", err)
	}
	fmt.Println("done")
}
