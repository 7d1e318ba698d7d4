// The work of bench_quiesce.c in Go, on one processor like the others. Prints lines of `name value unit`.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const queued = 1000000

func residentBytes() float64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		panic(err)
	}
	pages, _ := strconv.ParseFloat(strings.Fields(string(text))[1], 64)
	return pages * float64(os.Getpagesize())
}

func show(name string, value float64, unit string) {
	fmt.Printf("%s %.3f %s\n", name, value, unit)
}

func switching(slots, yields int) {
	var all sync.WaitGroup
	begin := time.Now()
	for i := 0; i < slots; i++ {
		all.Add(1)
		go func() {
			for j := 0; j < yields; j++ {
				runtime.Gosched()
			}
			all.Done()
		}()
	}
	all.Wait()
	show(fmt.Sprintf("switches_%d", slots), float64(slots*yields)/time.Since(begin).Seconds()/1e6, "M/s")
}

func spawning(n int) {
	begin := time.Now()
	for i := 0; i < n; i++ {
		var one sync.WaitGroup
		one.Add(1)
		go func() { one.Done() }()
		one.Wait()
	}
	show("spawn_join", float64(n)/time.Since(begin).Seconds()/1e6, "M/s")
}

// A goroutine a task, which waits for a slot or for the end: the usual way.
func queueing() {
	slots := make(chan struct{}, 1)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT)
	defer stop()
	var all sync.WaitGroup
	var finis int64
	var last time.Time

	runtime.GC()
	before := residentBytes()
	begin := time.Now()
	slots <- struct{}{}
	for i := 0; i < queued; i++ {
		all.Add(1)
		go func() {
			defer func() {
				if atomic.AddInt64(&finis, 1) == queued {
					last = time.Now()
				}
				all.Done()
			}()
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
			}
		}()
	}
	runtime.Gosched()
	show("queue_1m", float64(time.Since(begin).Microseconds())/1e3, "ms")
	show("queued_bytes", (residentBytes()-before)/queued, "B")

	// Another process sends it, and prints when: CLOCK_REALTIME ns.
	kill := exec.Command("sh", "-c", "sleep 0.02; date +%s%N; kill -INT "+strconv.Itoa(os.Getpid()))
	out := make(chan []byte, 1)
	go func() {
		text, _ := kill.Output()
		out <- text
	}()
	all.Wait()
	ns, _ := strconv.ParseInt(strings.TrimSpace(string(<-out)), 10, 64)
	show("sigint_to_last_fini_1m", float64(last.UnixNano()-ns)/1e6, "ms")
}

func main() {
	runtime.GOMAXPROCS(1)
	switching(64, 50000)
	switching(1000, 5000)
	spawning(500000)
	queueing()
}
