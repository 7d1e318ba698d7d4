// matrix-go.go - as Go's documentation has it: signal.NotifyContext, goroutines, a channel as semaphore, a
// WaitGroup, defer.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"time"
)

const slots, tasks, work, goodbye = 4, 12, time.Second, 20 * time.Millisecond

var events = func() *os.File {
	fd, err := strconv.Atoi(os.Getenv("SIGSWEEP_EVENTS"))
	if err != nil {
		return nil
	}
	return os.NewFile(uintptr(fd), "events")
}()

func event(format string, values ...any) {
	if events != nil {
		fmt.Fprintf(events, format+"\n", values...)
	}
}

func compute(ctx context.Context) {
	for end := time.Now().Add(work); time.Now().Before(end) && ctx.Err() == nil; {
		for i, sum := 0, 0; i < 100000; i++ {
			sum += i
		}
	}
}

func job(ctx context.Context, n int, free chan struct{}) {
	defer event("task.fini id=%d", n)
	select {
	case free <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-free }()
	if ctx.Err() != nil {
		return
	}
	name := fmt.Sprintf("%d.tmp", n)
	os.WriteFile(name, nil, 0o600)
	event("cleanup.arm id=%d name=tmp", n)
	defer func() {
		event("cleanup.begin id=%d name=tmp", n)
		time.Sleep(goodbye)
		os.Remove(name)
		event("cleanup.end id=%d name=tmp rc=0", n)
	}()
	event("task.start id=%d", n)
	if n%2 == 1 {
		compute(ctx)
		return
	}
	select {
	case <-time.After(work):
	case <-ctx.Done():
	}
}

func run(ctx context.Context) error {
	event("ready")
	event("slots n=%d", slots)
	free := make(chan struct{}, slots)
	for n := 1; n <= tasks; n++ {
		event("task.queue id=%d", n)
	}
	var wg sync.WaitGroup
	for n := 1; n <= tasks; n++ {
		n := n
		wg.Add(1)
		go func() {
			defer wg.Done()
			job(ctx, n, free)
		}()
	}
	wg.Wait()
	return ctx.Err()
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	go func() {
		<-ctx.Done()
		event("cancel level=1")
	}()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}
