// A Go program for the tests: what it sees of arguments, environment and files, and whether its
// memory stays its own while the adapter of WASI 0.1 works beside it.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

type node struct {
	next *node
	data [100]byte
}

// used fills a good part of memory with what is soon garbage, and adds up what it wrote.
func used() (total int) {
	for round := 0; round < 3; round++ {
		var list *node
		for i := 0; i < 100000; i++ {
			list = &node{next: list}
			list.data[99] = byte(i)
		}
		runtime.GC()
		for ; list != nil; list = list.next {
			total += int(list.data[99])
		}
	}
	return total
}

func show(path string) {
	text, err := os.ReadFile(path)
	fmt.Printf("%s: %q %v\n", path, text, err)
}

func main() {
	fmt.Println(os.Args[1:], os.Getenv("GIVEN"), os.Getenv("HOST_SECRET"))
	show("/site/a.txt")
	fmt.Println("memory:", used())
	big := make([]byte, 32<<20)
	for i := range big {
		big[i] = 1
	}
	fmt.Println("written:", os.WriteFile("/tmp/made", []byte("made"), 0o600))
	var group sync.WaitGroup
	for i := 0; i < 10; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			time.Sleep(time.Millisecond)
			if _, err := os.ReadDir("/site"); err != nil {
				fmt.Println(err)
			}
		}()
	}
	group.Wait()
	sum := 0
	for _, one := range big {
		sum += int(one)
	}
	fmt.Println("kept:", sum)
	show("/tmp/made")
	show("/site/a.txt")
}
