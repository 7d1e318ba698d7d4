// The work of bench_quiesce.c in Go, on one processor like the others. Prints lines of `name value unit`.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
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

const (
	queued      = 1000000
	sleepers    = 10000
	contenders  = 100
	connections = 1000
	message     = 64
)

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

// One permit, as a channel of one place: the usual way. Who has it yields with it.
func handoff(each int) {
	permit := make(chan struct{}, 1)
	var all sync.WaitGroup
	begin := time.Now()
	for i := 0; i < contenders; i++ {
		all.Add(1)
		go func() {
			for j := 0; j < each; j++ {
				permit <- struct{}{}
				runtime.Gosched()
				<-permit
			}
			all.Done()
		}()
	}
	all.Wait()
	show("handoff", float64(each*contenders)/time.Since(begin).Seconds()/1e6, "M/s")
}

func cancelling() {
	ctx, cancel := context.WithCancel(context.Background())
	var all, asleep sync.WaitGroup
	cleaned := int64(0)
	clean := func() { atomic.AddInt64(&cleaned, 1) }
	for i := 0; i < sleepers; i++ {
		all.Add(1)
		asleep.Add(1)
		go func() {
			defer all.Done()
			defer clean()
			defer clean()
			defer clean()
			timer := time.NewTimer(time.Hour)
			defer timer.Stop()
			asleep.Done()
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
		}()
	}
	asleep.Wait()
	runtime.Gosched()
	begin := time.Now()
	cancel()
	all.Wait()
	if cleaned != 3*sleepers {
		panic("a cleanup is missing")
	}
	show("cancel_10k", float64(time.Since(begin).Microseconds())/1e3, "ms")
}

func end(fd int) net.Conn {
	file := os.NewFile(uintptr(fd), "pair")
	conn, err := net.FileConn(file)
	if err != nil {
		panic(err)
	}
	file.Close()
	return conn
}

func echo(rounds int) {
	var ends [connections][2]net.Conn
	for i := range ends {
		pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		if err != nil {
			panic(err)
		}
		ends[i] = [2]net.Conn{end(pair[0]), end(pair[1])}
	}
	var all sync.WaitGroup
	begin := time.Now()
	for _, pair := range ends {
		all.Add(2)
		go func(conn net.Conn) {
			buf := make([]byte, message)
			for {
				n, err := conn.Read(buf)
				if err != nil {
					break
				}
				conn.Write(buf[:n])
			}
			all.Done()
		}(pair[0])
		go func(conn net.Conn) {
			buf := make([]byte, message)
			for i := 0; i < rounds; i++ {
				conn.Write(buf)
				if _, err := io.ReadFull(conn, buf); err != nil {
					panic(err)
				}
			}
			conn.Close()
			all.Done()
		}(pair[1])
	}
	all.Wait()
	show("echo_1000", float64(rounds*connections)/time.Since(begin).Seconds()/1e3, "k/s")
}

func main() {
	runtime.GOMAXPROCS(1)
	switching(64, 50000)
	switching(1000, 5000)
	spawning(500000)
	handoff(10000)
	cancelling()
	echo(200)
	queueing()
}
