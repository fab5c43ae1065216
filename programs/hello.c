// SPDX-License-Identifier: Apache-2.0
// hello.c — what `dhow run hello` runs: the only file of the image that is inside dhow.
//
// Freestanding: no C library, one write, one exit. Not a program of ours on the host; the Makefile
// packs it into the tar that src/image embeds.

static const char text[] =
    "\n"
    "Hello from inside a container.\n"
    "\n"
    "This is what just happened:\n"
    "  1. dhow took the image \"hello\", which it carries inside itself, and unpacked its one "
    "file.\n"
    "  2. It put a writable layer on top and handed both to dhow-monitor, which looks after this\n"
    "     container and nothing else. No daemon was asked, and none is running.\n"
    "  3. dhow-runtime made the namespaces and the control group, took away what a container must\n"
    "     not have, and started this program as process 1.\n"
    "  4. These lines came to your terminal through the monitor, which also keeps them as a log.\n"
    "\n"
    "What to try next:\n"
    "  dhow ps -a                          what is running, and what has ended\n"
    "  dhow import rootfs.tar my-system    turn a root file system into an image\n"
    "  dhow run --rm -it my-system sh      and look around in it\n"
    "  dhow help                           everything else\n"
    "\n";

enum { STDOUT = 1 };

#if defined(__x86_64__)
enum { NR_WRITE = 1, NR_EXIT = 231 };
static long system_call(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
enum { NR_WRITE = 64, NR_EXIT = 94 };
static long system_call(long number, long a, long b, long c)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
}
#elif defined(__riscv)
enum { NR_WRITE = 64, NR_EXIT = 94 };
static long system_call(long number, long a, long b, long c)
{
    register long a7 __asm__("a7") = number;
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
    return a0;
}
#endif

void _start(void);
void _start(void)
{
    const char *at = text;
    long left = sizeof text - 1;
    while (left > 0) { // a pipe may take less at a time
        long n = system_call(NR_WRITE, STDOUT, (long)at, left);
        if (n <= 0)
            break;
        at += n;
        left -= n;
    }
    (void)system_call(NR_EXIT, left != 0, 0, 0);
    __builtin_unreachable();
}
