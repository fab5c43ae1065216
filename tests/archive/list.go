// SPDX-License-Identifier: Apache-2.0
// list.go — what Go's archive/tar (docker's and containerd's reader) finds, in the form of list.c. Used where there is a
// Go compiler; no test needs it.
package main

import (
	"archive/tar"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
)

func escape(name string) string {
	if name == "" {
		return "-"
	}
	out := ""
	for i := 0; i < len(name); i++ {
		if c := name[i]; c > ' ' && c < 127 && c != '%' && (c != '-' || i+1 < len(name)) {
			out += string(c)
		} else {
			out += fmt.Sprintf("%%%02x", c)
		}
	}
	return out
}

func main() {
	letters := map[byte]string{tar.TypeReg: "f", 0: "f", tar.TypeCont: "f", tar.TypeGNUSparse: "f", tar.TypeLink: "h",
		tar.TypeSymlink: "s", tar.TypeChar: "c", tar.TypeBlock: "b", tar.TypeDir: "d", tar.TypeFifo: "p"}
	reader := tar.NewReader(os.Stdin)
	for {
		h, err := reader.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Printf("\nrefused: %v\n", err)
			os.Exit(1)
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		content := "-"
		if letters[h.Typeflag] == "f" {
			hash := sha256.New()
			if h.Size <= 4<<20 {
				if _, err := io.Copy(hash, reader); err != nil {
					fmt.Printf("\nrefused: %v\n", err)
					os.Exit(1)
				}
				content = fmt.Sprintf("%x", hash.Sum(nil))
			}
		}
		fmt.Printf("%s %o %d %d %d %d.%09d %d %d %s %s %s\n", letters[h.Typeflag], h.Mode&0o7777, h.Uid, h.Gid, h.Size,
			h.ModTime.Unix(), h.ModTime.Nanosecond(), h.Devmajor, h.Devminor, escape(h.Name), escape(h.Linkname), content)
	}
}
