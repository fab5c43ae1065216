// SPDX-License-Identifier: Apache-2.0
// pair.c - measures several commands side by side, for tables whose rows may be compared.
//
//     pair [-n ROUNDS] [-w WARMUP] [-a FILE] LABEL COMMAND [LABEL COMMAND]...
//
// Each round runs every command once, in an order shuffled anew, so that a machine that drifts
// (other load, clock, a neighbour's teardown still going on in the kernel) hurts all alike. A
// COMMAND is words split at blanks, no shell, and may have steps parted by a lone `;`. A step that
// begins with in:FILE runs in that mount namespace; the step `wait` waits for the orphans that
// earlier steps left (a container that `start` started); one that begins with `untimed` is run but
// not counted. One line per command, parted by tabs:
//
//     label, wall ms median, min, max, CPU ms, peak KiB, page faults, rounds, failures
//
// CPU and faults are those of everything that the command started, for this process is its
// subreaper and reaps all of it; peak is the largest single process. The kernel counts the peak
// from before exec, that is from this program: so it is static, small, and keeps its numbers in
// little memory (0.5 MiB show for a command that cannot be run). A command must end, and so must
// what it starts, or its round waits for ever. With -a the CPU is what a cgroup used meanwhile, its
// daemons included, by its cpuacct.usage (nanoseconds) or cpu.stat (usage_usec).
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROWS_MAX = 16, WORDS_MAX = 128, STEPS_MAX = 16 };

struct step {
    char **argv;
    int mount_namespace; // -1: ours
    bool is_wait, is_untimed;
};

struct sample {
    float wall_ms, cpu_ms, peak_kib, faults;
};

struct row {
    const char *label;
    struct step steps[STEPS_MAX];
    size_t n_steps;
    struct sample *samples;
    unsigned failures;
};

static void die(const char *what, const char *which)
{
    fprintf(stderr, "pair: %s %s: %s\n", what, which, strerror(errno));
    exit(2);
}

static int account = -1; // -a

static double account_ms(void)
{
    char text[64] = "";
    if (account < 0)
        return 0;
    if (pread(account, text, sizeof text - 1, 0) <= 0)
        die("read", "the account");
    static const char v2[] = "usage_usec ";
    if (strncmp(text, v2, sizeof v2 - 1) == 0)
        return (double)strtoull(text + sizeof v2 - 1, NULL, 10) / 1e3;
    return (double)strtoull(text, NULL, 10) / 1e6;
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

// --- reading the command line
// --------------------------------------------------------------------------------------

// Takes the words of one step off *words and leaves it behind the `;`.
static struct step step_parse(char ***words)
{
    struct step step = {.mount_namespace = -1};
    char **w = *words;
    for (; *w != NULL; w++) {
        if (strcmp(*w, "untimed") == 0)
            step.is_untimed = true;
        else if (strncmp(*w, "in:", 3) == 0)
            step.mount_namespace = open(*w + 3, O_RDONLY | O_CLOEXEC);
        else
            break;
        if (strncmp(*w, "in:", 3) == 0 && step.mount_namespace < 0)
            die("open", *w + 3);
    }
    step.argv = w;
    step.is_wait = *w != NULL && strcmp(*w, "wait") == 0;
    while (*w != NULL && strcmp(*w, ";") != 0)
        w++;
    if (*w != NULL)
        *w++ = NULL;
    *words = w;
    return step;
}

static struct row row_parse(const char *label, const char *command, int rounds)
{
    struct row row = {.label = label, .samples = calloc((size_t)rounds, sizeof(struct sample))};
    char *text = strdup(command);
    char **words = calloc(WORDS_MAX + 1, sizeof *words);
    if (row.samples == NULL || text == NULL || words == NULL)
        die("memory for", label);
    size_t n = 0;
    for (char *word; (word = strsep(&text, " ")) != NULL;) {
        if (*word != '\0' && n < WORDS_MAX)
            words[n++] = word;
    }
    while (*words != NULL && row.n_steps < STEPS_MAX)
        row.steps[row.n_steps++] = step_parse(&words);
    return row;
}

// --- running
// -------------------------------------------------------------------------------------------------------

static void count(struct sample *sample, const struct rusage *usage)
{
    const struct timeval *user = &usage->ru_utime, *system = &usage->ru_stime;
    double ms = (double)(user->tv_sec + system->tv_sec) * 1e3 +
                (double)(user->tv_usec + system->tv_usec) / 1e3;
    sample->cpu_ms += account < 0 ? (float)ms : 0;
    sample->faults += (float)usage->ru_minflt;
    if ((float)usage->ru_maxrss > sample->peak_kib)
        sample->peak_kib = (float)usage->ru_maxrss;
}

// vfork, because a copy of this process would be charged to the command.
static pid_t spawn(const struct step *step)
{
    pid_t pid = vfork();
    if (pid != 0)
        return pid;
    if (step->mount_namespace >= 0 && setns(step->mount_namespace, CLONE_NEWNS) < 0)
        _exit(126);
    execv(step->argv[0], step->argv);
    _exit(127);
}

// Reaps children until `pid` has ended (0: until there are none); true when all that ended did so
// with success. An orphan's status counts in `wait` only: which of a runtime's helpers fails on
// purpose is its own affair.
static bool reap(pid_t pid, struct sample *sample)
{
    bool ok = true;
    for (;;) {
        struct rusage usage;
        int status;
        pid_t ended = wait4(-1, &status, 0, &usage);
        if (ended < 0)
            return ok && pid == 0;
        count(sample, &usage);
        if (pid == 0 || ended == pid)
            ok = ok && status == 0;
        if (ended == pid)
            return ok;
    }
}

static bool row_run(const struct row *row, struct sample *sample)
{
    bool ok = true;
    *sample = (struct sample){};
    for (size_t i = 0; i < row->n_steps; i++) {
        const struct step *step = &row->steps[i];
        struct sample ignored = {};
        struct sample *into = step->is_untimed ? &ignored : sample;
        double start = now_ms(), used = account_ms();
        if (!reap(step->is_wait ? 0 : spawn(step), into))
            ok = false;
        into->wall_ms += (float)(now_ms() - start);
        into->cpu_ms += (float)(account_ms() - used);
    }
    // What a command leaves behind (a monitor that cleans up) must not run into the next one's
    // time, and is its cost.
    (void)reap(0, sample);
    return ok;
}

static void shuffle(size_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t j = (size_t)random() % (i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}

// --- results
// -------------------------------------------------------------------------------------------------------

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Sorts one field of all samples into `sorted`; `offset` is the field's.
static void sort_field(const struct row *row, int rounds, size_t offset, float *sorted)
{
    for (int i = 0; i < rounds; i++)
        sorted[i] = *(const float *)((const char *)&row->samples[i] + offset);
    qsort(sorted, (size_t)rounds, sizeof *sorted, by_size);
}

static void row_print(const struct row *row, int rounds)
{
    static const size_t fields[] = {offsetof(struct sample, cpu_ms),
                                    offsetof(struct sample, peak_kib),
                                    offsetof(struct sample, faults)};
    float *sorted = calloc((size_t)rounds, sizeof *sorted);
    if (sorted == NULL)
        die("memory for", row->label);
    sort_field(row, rounds, offsetof(struct sample, wall_ms), sorted);
    printf("%s\t%.3f\t%.3f\t%.3f", row->label, sorted[rounds / 2], sorted[0], sorted[rounds - 1]);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        sort_field(row, rounds, fields[i], sorted);
        printf("\t%.3f", sorted[rounds / 2]);
    }
    printf("\t%d\t%u\n", rounds, row->failures);
    free(sorted);
}

static void silence(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        die("open", "/dev/null");
    if (getenv("PAIR_STDERR") == NULL && dup2(null, STDERR_FILENO) < 0)
        die("open", "/dev/null");
}

int main(int argc, char **argv)
{
    int rounds = 20, warmup = 2;
    for (int option; (option = getopt(argc, argv, "+n:w:a:")) != -1;) {
        if (option == '?')
            return 2;
        if (option == 'a' && (account = open(optarg, O_RDONLY | O_CLOEXEC)) < 0)
            die("open", optarg);
        else if (option != 'a')
            *(option == 'n' ? &rounds : &warmup) = (int)strtol(optarg, NULL, 10);
    }
    size_t n = (size_t)(argc - optind) / 2;
    if (rounds < 1 || n < 1 || n > ROWS_MAX)
        return fprintf(stderr, "usage: pair [-n ROUNDS] [-w WARMUP] LABEL COMMAND...\n"), 2;
    static struct row rows[ROWS_MAX];
    for (size_t i = 0; i < n; i++)
        rows[i] = row_parse(argv[optind + 2 * (int)i], argv[optind + 2 * (int)i + 1], rounds);
    int results = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (results < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        die("set up", "this process");
    silence();
    for (int round = -warmup; round < rounds; round++) {
        size_t order[ROWS_MAX];
        shuffle(order, n);
        for (size_t i = 0; i < n; i++) {
            struct row *row = &rows[order[i]];
            struct sample dropped;
            if (!row_run(row, round < 0 ? &dropped : &row->samples[round]) && round >= 0)
                row->failures++;
        }
    }
    if (dup2(results, STDOUT_FILENO) < 0)
        return 2;
    for (size_t i = 0; i < n; i++)
        row_print(&rows[i], rounds);
    return 0;
}
