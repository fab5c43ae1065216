// SPDX-License-Identifier: Apache-2.0
// floor.c - what the kernel alone charges for one container as docker configures it: the bound no
// runtime can beat.
//
//     floor [-o] [-g] ROOTFS SCRATCH FILTER COMMAND...
//
// Does once, with the fewest system calls, what the config.json of tests/bundle.py asks for, and
// nothing else: no JSON, no state, no checks, no synchronisation beyond what the kernel needs. -o
// mounts an overlay over ROOTFS in place of a bind, -g leaves the cgroups out. FILTER is the
// seccomp profile as BPF (tests/bench/filter). SCRATCH keeps its directories between runs.
//
// cgroup v1: the child writes itself to `tasks` in each hierarchy; a write of its pid to
// cgroup.procs by the parent would wait for an RCU grace period. cgroup v2: clone3 puts it there;
// its device program is not part of this floor.
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOT "/sys/fs/cgroup"
enum { FILTER_MAX = 4096, PATH_MAX_BYTES = 4096 };

static const uint64_t namespaces =
    CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
static const uint64_t capabilities = 0xa80425fb; // docker's default set
static const char *const hierarchies[] = {"cpu",     "cpuacct", "cpuset", "memory", "devices",
                                          "freezer", "blkio",   "pids",   "systemd"};
// What docker's list comes to once a runtime has added the devices that the spec promises to every
// container.
static const char *const device_rules[] = {"c *:* m",   "b *:* m",   "c 1:3 rwm",  "c 1:5 rwm",
                                           "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm",  "c 5:0 rwm",
                                           "c 5:1 rwm", "c 5:2 rwm", "c 136:* rwm"};
static char cgroup[64];
static bool with_overlay, with_cgroups = true, is_v2;
static struct sock_filter filter[FILTER_MAX];
static struct sock_fprog program = {.filter = filter};

_Noreturn static void die(const char *what)
{
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    _exit(99);
}

static void must(long result, const char *what)
{
    if (result < 0)
        die(what);
}

static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    must(fd, path);
    must(write(fd, text, strlen(text)), path);
    close(fd);
}

// --- cgroups
// -------------------------------------------------------------------------------------------------------

static const char *cgroup_path(const char *hierarchy, const char *file)
{
    static char path[256];
    if (is_v2)
        snprintf(path, sizeof path, ROOT "/%s%s", cgroup, file);
    else
        snprintf(path, sizeof path, ROOT "/%s/%s%s", hierarchy, cgroup, file);
    return path;
}

#define EACH_HIERARCHY(i)                                                                          \
    for (size_t i = 0; i < (is_v2 ? 1 : sizeof hierarchies / sizeof *hierarchies); i++)

// A new v1 cpuset has neither CPUs nor memory nodes until it is given its parent's.
static void cpuset_copy(const char *file)
{
    char path[128], text[256] = "";
    snprintf(path, sizeof path, ROOT "/cpuset%s", file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    must(fd, path);
    must(read(fd, text, sizeof text - 1), path);
    close(fd);
    put(cgroup_path("cpuset", file), text);
}

static void cgroups_make(void)
{
    snprintf(cgroup, sizeof cgroup, "floor-%d", getpid());
    EACH_HIERARCHY(i)
    must(mkdir(cgroup_path(hierarchies[i], ""), 0755), "mkdir of a cgroup");
    if (is_v2)
        return;
    cpuset_copy("/cpuset.cpus");
    cpuset_copy("/cpuset.mems");
    put(cgroup_path("devices", "/devices.deny"), "a");
    for (size_t i = 0; i < sizeof device_rules / sizeof *device_rules; i++)
        put(cgroup_path("devices", "/devices.allow"), device_rules[i]);
}

static void cgroups_join(void)
{
    EACH_HIERARCHY(i)
    put(cgroup_path(hierarchies[i], "/tasks"), "0");
}

// Right after the last process is gone a cgroup may still be busy for a moment.
static void cgroups_remove(void)
{
    EACH_HIERARCHY(i)
    while (rmdir(cgroup_path(hierarchies[i], "")) < 0) {
        if (errno != EBUSY)
            die("rmdir of a cgroup");
        usleep(50);
    }
}

// --- the root file system
// ------------------------------------------------------------------------------------------

static void mount_root(const char *rootfs, const char *scratch)
{
    char options[PATH_MAX_BYTES], at[PATH_MAX_BYTES / 2];
    must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "make / a slave");
    snprintf(at, sizeof at, "%s/merged", scratch);
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s/upper,workdir=%s/work", rootfs,
             scratch, scratch);
    if (with_overlay)
        must(mount("overlay", at, "overlay", 0, options), "mount overlay");
    else
        must(mount(rootfs, at, NULL, MS_BIND | MS_REC, NULL), "bind the root");
    must(chdir(at), at);
}

static void mount_cgroups(void)
{
    const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY;
    if (is_v2) {
        must(mount("cgroup2", "sys/fs/cgroup", "cgroup2", flags, NULL), "mount cgroup2");
        return;
    }
    must(mount("tmpfs", "sys/fs/cgroup", "tmpfs", flags & ~MS_RDONLY, "mode=755"),
         "mount tmpfs for cgroups");
    EACH_HIERARCHY(i)
    {
        char path[64];
        snprintf(path, sizeof path, "sys/fs/cgroup/%s", hierarchies[i]);
        must(mkdir(path, 0755), path);
        bool named = strcmp(hierarchies[i], "systemd") == 0;
        must(mount("cgroup", path, "cgroup", flags, named ? "none,name=systemd" : hierarchies[i]),
             path);
    }
    must(mount(NULL, "sys/fs/cgroup", NULL, MS_REMOUNT | MS_BIND | flags, NULL),
         "remount read-only");
}

static void mount_all(void)
{
    static const struct {
        const char *at, *type;
        unsigned long flags;
        const char *options;
    } mounts[] = {
        {"proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL},
        {"dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"},
        {"dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"},
        {"sys", "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL},
        {"dev/mqueue", "mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL},
        {"dev/shm", "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=1777,size=67108864"},
    };
    for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
        if (strncmp(mounts[i].at, "dev/", 4) == 0)
            must(mkdir(mounts[i].at, 0755), mounts[i].at);
        must(
            mount(mounts[i].type, mounts[i].at, mounts[i].type, mounts[i].flags, mounts[i].options),
            mounts[i].at);
    }
    if (with_cgroups)
        mount_cgroups();
}

static void make_devices(void)
{
    static const struct {
        const char *path;
        unsigned major, minor;
    } devices[] = {{"dev/null", 1, 3}, {"dev/zero", 1, 5},   {"dev/full", 1, 7},
                   {"dev/tty", 5, 0},  {"dev/random", 1, 8}, {"dev/urandom", 1, 9}};
    static const char *const links[][2] = {{"pts/ptmx", "dev/ptmx"},
                                           {"/proc/self/fd", "dev/fd"},
                                           {"/proc/self/fd/0", "dev/stdin"},
                                           {"/proc/self/fd/1", "dev/stdout"},
                                           {"/proc/self/fd/2", "dev/stderr"}};
    umask(0);
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        must(mknod(devices[i].path, S_IFCHR | 0666, makedev(devices[i].major, devices[i].minor)),
             devices[i].path);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        must(symlink(links[i][0], links[i][1]), links[i][1]);
    umask(022);
}

static void hide(void)
{
    static const char *const masked[] = {
        "proc/asound",     "proc/acpi",        "proc/interrupts",
        "proc/kcore",      "proc/keys",        "proc/latency_stats",
        "proc/timer_list", "proc/timer_stats", "proc/sched_debug",
        "proc/scsi",       "sys/firmware",     "sys/devices/virtual/powercap"};
    static const char *const readonly[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys",
                                           "proc/sysrq-trigger"};
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) {
        if (mount("dev/null", masked[i], NULL, MS_BIND, NULL) == 0 || errno == ENOENT)
            continue;
        must(errno == ENOTDIR
                 ? mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, "nr_inodes=1,nr_blocks=1")
                 : -1,
             masked[i]);
    }
    for (size_t i = 0; i < sizeof readonly / sizeof *readonly; i++) {
        if (mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL) < 0 && errno == ENOENT)
            continue;
        must(mount(NULL, readonly[i], NULL,
                   MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL),
             readonly[i]);
    }
}

// --- privileges
// ----------------------------------------------------------------------------------------------------

static void drop_privileges(void)
{
    for (int i = 0; i <= CAP_LAST_CAP; i++) {
        if ((capabilities >> i & 1) == 0)
            must(prctl(PR_CAPBSET_DROP, i, 0, 0, 0), "drop a capability");
    }
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{(uint32_t)capabilities, (uint32_t)capabilities, 0},
                                             {}};
    must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), "load the seccomp filter");
    must(syscall(SYS_capset, &header, data), "capset");
}

_Noreturn static void container(const char *rootfs, const char *scratch, char **argv)
{
    if (with_cgroups && !is_v2) {
        cgroups_join();
        must(unshare(CLONE_NEWCGROUP),
             "unshare the cgroup namespace"); // after joining, so that its root is our cgroup
    }
    mount_root(rootfs, scratch);
    mount_all();
    make_devices();
    put("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
    hide();
    must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    must(umount2(".", MNT_DETACH), "detach the old root");
    must(chdir("/"), "/");
    must(sethostname("test", 4), "sethostname");
    drop_privileges();
    execv(argv[0], argv);
    die(argv[0]);
    _exit(99);
}

// --- the parent
// ----------------------------------------------------------------------------------------------------

static void read_filter(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    must(fd, path);
    ssize_t n = read(fd, filter, sizeof filter);
    must(n, path);
    program.len = (unsigned short)((size_t)n / sizeof *filter);
    close(fd);
}

static pid_t start(void)
{
    struct clone_args args = {.flags = namespaces, .exit_signal = SIGCHLD};
    if (with_cgroups && !is_v2)
        args.flags &= ~(uint64_t)CLONE_NEWCGROUP;
    if (with_cgroups && is_v2) {
        int fd = open(cgroup_path(NULL, ""), O_PATH | O_DIRECTORY | O_CLOEXEC);
        must(fd, "open the cgroup");
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)fd;
    }
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    must(pid, "clone3");
    return pid;
}

int main(int argc, char **argv)
{
    for (int option; (option = getopt(argc, argv, "+og")) != -1;) {
        with_overlay = with_overlay || option == 'o';
        with_cgroups = with_cgroups && option != 'g';
    }
    if (argc - optind < 4)
        return fprintf(stderr, "usage: floor [-o] [-g] ROOTFS SCRATCH FILTER COMMAND...\n"), 2;
    char *rootfs = argv[optind], *scratch = argv[optind + 1];
    is_v2 = access(ROOT "/cgroup.controllers", F_OK) == 0;
    static const char *const directories[] = {"merged", "upper", "work"};
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        char path[PATH_MAX_BYTES];
        snprintf(path, sizeof path, "%s/%s", scratch, directories[i]);
        (void)mkdir(path, 0755); // there already from the run before
    }
    read_filter(argv[optind + 2]);
    if (with_cgroups)
        cgroups_make();
    pid_t pid = start();
    if (pid == 0)
        container(rootfs, scratch, argv + optind + 3);
    int status;
    must(waitpid(pid, &status, 0), "wait");
    if (with_cgroups)
        cgroups_remove();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}
