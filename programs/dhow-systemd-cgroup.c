// SPDX-License-Identifier: Apache-2.0
// dhow-systemd-cgroup.c — asks systemd to start, change or stop the scope unit of one container.
//
// A program of its own because it links libsystemd, which would cost every start of the runtime a
// dynamic loader (I3). The runtime runs it with one request on standard input and reads one answer
// from standard output (src/cgroup/systemd_request.h); exit status 1 goes with an error. systemd's
// interface: org.freedesktop.systemd1(5). A job is done when the manager's signal JobRemoved names
// it; the signal is subscribed to before the job is asked for, so that it cannot be missed.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/systemd_request.h"
#include "cgroup/systemd_value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#define SERVICE "org.freedesktop.systemd1"
#define MANAGER "/org/freedesktop/systemd1", SERVICE ".Manager"
enum { REQUEST_MAX = 1024 * 1024, ANSWER_MAX = 64 * 1024, JOB_WAIT_MAX_US = 90'000'000 };

static void bus_close(sd_bus **bus)
{
    (void)sd_bus_flush_close_unref(*bus); // NULL-safe; nothing is unsent that matters
}
static void message_close(sd_bus_message **message)
{
    (void)sd_bus_message_unref(*message); // NULL-safe
}
#define AUTO_BUS     __attribute__((cleanup(bus_close)))
#define AUTO_MESSAGE __attribute__((cleanup(message_close)))
#define AUTO_ERROR   __attribute__((cleanup(sd_bus_error_free)))

// What systemd said, or what the library's negative errno means.
static int fail_bus(struct err *err, int result, const sd_bus_error *error, const char *what)
{
    bool has_text = error != NULL && error->message != NULL;
    bool is_missing = error != NULL && sd_bus_error_has_name(error, SERVICE ".NoSuchUnit");
    (void)fail(err, is_missing ? ERR_NOT_FOUND : ERR_SYSTEM, "%s: %s", what,
               has_text ? error->message : strerror(-result));
    err->sys = -result;
    return -1;
}

// --- values ---

static int append_value(sd_bus_message *message, const struct systemd_value *value);

static int append_items(sd_bus_message *message, const struct systemd_value *value)
{
    // What is inside: of an array the element's type, of a tuple all members' types.
    size_t n = strlen(value->signature);
    bool is_array = value->type == 'a';
    AUTO_FREE char *inside =
        is_array ? xstrdup(value->signature + 1) : xstrndup(value->signature + 1, n - 2);
    int r = sd_bus_message_open_container(message, is_array ? 'a' : 'r', inside);
    for (size_t i = 0; r >= 0 && i < value->n_items; i++)
        r = append_value(message, &value->items[i]);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_value(sd_bus_message *message, const struct systemd_value *value)
{
    switch (value->type) {
    case 'a':
    case '(':
        return append_items(message, value);
    case 's':
    case 'o':
    case 'g':
        return sd_bus_message_append_basic(message, value->type, value->text);
    case 'b':
        return sd_bus_message_append(message, "b", (int)value->natural);
    case 'y':
        return sd_bus_message_append(message, "y", (uint8_t)value->natural);
    case 'q':
        return sd_bus_message_append(message, "q", (uint16_t)value->natural);
    case 'u':
        return sd_bus_message_append(message, "u", (uint32_t)value->natural);
    case 't':
        return sd_bus_message_append(message, "t", value->natural);
    case 'n':
        return sd_bus_message_append(message, "n", (int16_t)value->whole);
    case 'i':
        return sd_bus_message_append(message, "i", (int32_t)value->whole);
    case 'x':
        return sd_bus_message_append(message, "x", value->whole);
    case 'd':
        return sd_bus_message_append(message, "d", value->real);
    default:
        return -EINVAL;
    }
}

static int append_properties(sd_bus_message *message, const struct systemd_request *request,
                             struct err *err)
{
    for (size_t i = 0; i < request->n_properties; i++) {
        const struct systemd_property *property = &request->properties[i];
        AUTO_ARENA struct arena arena = {0};
        struct systemd_value value;
        if (systemd_value_parse(&arena, property->value, &value, err) < 0)
            return fail_in(err, "property %.60s", property->name);
        int r = sd_bus_message_open_container(message, 'r', "sv");
        if (r >= 0)
            r = sd_bus_message_append(message, "s", property->name);
        if (r >= 0)
            r = sd_bus_message_open_container(message, 'v', value.signature);
        if (r >= 0)
            r = append_value(message, &value);
        if (r >= 0)
            r = sd_bus_message_close_container(message);
        if (r >= 0)
            r = sd_bus_message_close_container(message);
        if (r < 0)
            return fail_bus(err, r, NULL, property->name);
    }
    return 0;
}

// --- jobs ---

struct job {
    const char *path; // what to wait for; NULL until it is known
    char *result;     // "done", "failed", "canceled", …
};

static int on_job_removed(sd_bus_message *message, void *context, sd_bus_error *)
{
    struct job *job = context;
    const char *path, *unit, *result;
    uint32_t id;
    if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) < 0)
        return 0; // some other program's idea of the signal
    if (job->path != NULL && text_equal(path, job->path) && job->result == NULL)
        job->result = xstrdup(result);
    return 0;
}

static uint64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); // cannot fail
    return (uint64_t)now.tv_sec * 1'000'000 + (uint64_t)now.tv_nsec / 1'000;
}

// Signals that arrived before the answer to our call are still queued: sd-bus gives them to the
// handler here, when the job's path is known.
static int wait_for_job(sd_bus *bus, struct job *job, struct err *err)
{
    uint64_t end = now_us() + JOB_WAIT_MAX_US;
    while (job->result == NULL) {
        int r = sd_bus_process(bus, NULL);
        uint64_t now = now_us();
        if (r == 0 && now >= end)
            return fail(err, ERR_UNAVAILABLE, "systemd did not finish the job in %d seconds",
                        JOB_WAIT_MAX_US / 1'000'000);
        if (r == 0)
            r = sd_bus_wait(bus, end - now);
        if (r < 0 && r != -EINTR)
            return fail_bus(err, r, NULL, "wait for systemd");
    }
    if (!text_equal(job->result, "done"))
        return fail(err, ERR_SYSTEM, "systemd's job ended as \"%.60s\"", job->result);
    return 0;
}

// Sends a call that answers with a job, and waits for the job.
static int call_job(sd_bus *bus, sd_bus_message *call, sd_bus_error *error, struct err *err)
{
    AUTO_MESSAGE sd_bus_message *reply = NULL;
    struct job job = {0};
    sd_bus_slot *slot = NULL;
    int r = sd_bus_match_signal(bus, &slot, SERVICE, MANAGER, "JobRemoved", on_job_removed, &job);
    if (r >= 0)
        r = sd_bus_call(bus, call, 0, error, &reply);
    if (r >= 0)
        r = sd_bus_message_read(reply, "o", &job.path);
    int done = r < 0 ? fail_bus(err, r, error, "ask systemd") : wait_for_job(bus, &job, err);
    (void)sd_bus_slot_unref(slot); // NULL-safe
    free(job.result);
    return done;
}

// --- verbs ---

static int new_call(sd_bus *bus, const char *method, const char *unit, const char *mode,
                    sd_bus_message **out, struct err *err)
{
    int r = sd_bus_message_new_method_call(bus, out, SERVICE, MANAGER, method);
    if (r >= 0)
        r = sd_bus_message_append(*out, "s", unit);
    if (r >= 0 && mode != NULL)
        r = sd_bus_message_append(*out, "s", mode);
    return r < 0 ? fail_bus(err, r, NULL, method) : 0;
}

static int append_start(sd_bus_message *call, const struct systemd_request *request,
                        struct err *err)
{
    int r = sd_bus_message_open_container(call, 'a', "(sv)");
    if (r >= 0)
        r = sd_bus_message_append(call, "(sv)(sv)(sv)", "Description", "s", request->description,
                                  "Slice", "s", request->slice, "PIDs", "au", 1,
                                  (uint32_t)request->pid);
    if (r < 0)
        return fail_bus(err, r, NULL, "StartTransientUnit");
    if (append_properties(call, request, err) < 0)
        return -1;
    r = sd_bus_message_close_container(call);
    if (r >= 0)
        r = sd_bus_message_append(call, "a(sa(sv))", 0); // no auxiliary units
    return r < 0 ? fail_bus(err, r, NULL, "StartTransientUnit") : 0;
}

static int read_control_group(sd_bus *bus, const char *unit, char **out, struct err *err)
{
    AUTO_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
    AUTO_FREE char *path = NULL;
    char *group = NULL;
    int r = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path);
    if (r >= 0)
        r = sd_bus_get_property_string(bus, SERVICE, path, SERVICE ".Scope", "ControlGroup", &error,
                                       &group);
    if (r < 0)
        return fail_bus(err, r, &error, "read the unit's ControlGroup");
    *out = group;
    return 0;
}

static int start_once(sd_bus *bus, const struct systemd_request *request, sd_bus_error *error,
                      struct err *err)
{
    AUTO_MESSAGE sd_bus_message *call = NULL;
    if (new_call(bus, "StartTransientUnit", request->unit, "fail", &call, err) < 0 ||
        append_start(call, request, err) < 0)
        return -1;
    return call_job(bus, call, error, err);
}

static void reset_failed(sd_bus *bus, const char *unit)
{
    // Most units have not failed; then there is nothing to reset.
    (void)sd_bus_call_method(bus, SERVICE, MANAGER, "ResetFailedUnit", NULL, NULL, "s", unit);
}

static int start(sd_bus *bus, const struct systemd_request *request, struct systemd_answer *answer,
                 struct err *err)
{
    AUTO_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
    if (request->pid <= 0 || request->slice == NULL || request->description == NULL)
        return fail(err, ERR_INVALID, "start: pid, slice and description are needed");
    int done = start_once(bus, request, &error, err);
    if (done < 0 && sd_bus_error_has_name(&error, SERVICE ".UnitExists")) {
        // The last one of this name may have failed and be remembered; a live one stays a conflict.
        reset_failed(bus, request->unit);
        sd_bus_error_free(&error);
        done = start_once(bus, request, &error, err);
        if (done < 0 && sd_bus_error_has_name(&error, SERVICE ".UnitExists"))
            err->kind = ERR_CONFLICT;
    }
    char *group = NULL;
    if (done < 0 || read_control_group(bus, request->unit, &group, err) < 0)
        return -1;
    answer->controlGroup = group;
    return 0;
}

static int set(sd_bus *bus, const struct systemd_request *request, struct systemd_answer *,
               struct err *err)
{
    AUTO_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
    AUTO_MESSAGE sd_bus_message *call = NULL;
    if (new_call(bus, "SetUnitProperties", request->unit, NULL, &call, err) < 0)
        return -1;
    int r = sd_bus_message_append(call, "b", 1); // until the next boot: a scope lives no longer
    if (r >= 0)
        r = sd_bus_message_open_container(call, 'a', "(sv)");
    if (r < 0)
        return fail_bus(err, r, NULL, "SetUnitProperties");
    if (append_properties(call, request, err) < 0)
        return -1;
    r = sd_bus_message_close_container(call);
    if (r >= 0)
        r = sd_bus_call(bus, call, 0, &error, NULL);
    return r < 0 ? fail_bus(err, r, &error, "SetUnitProperties") : 0;
}

static int stop(sd_bus *bus, const struct systemd_request *request, struct systemd_answer *,
                struct err *err)
{
    AUTO_ERROR sd_bus_error error = SD_BUS_ERROR_NULL;
    AUTO_MESSAGE sd_bus_message *call = NULL;
    if (new_call(bus, "StopUnit", request->unit, "replace", &call, err) < 0)
        return -1;
    int done = call_job(bus, call, &error, err);
    reset_failed(bus, request->unit);
    return done < 0 && err->kind == ERR_NOT_FOUND ? 0 : done;
}

static int (*const verbs[])(sd_bus *, const struct systemd_request *, struct systemd_answer *,
                            struct err *) = {
    [SYSTEMD_START] = start, [SYSTEMD_SET] = set, [SYSTEMD_STOP] = stop};

static int run(struct arena *arena, struct systemd_answer *answer, struct err *err)
{
    struct systemd_request request;
    AUTO_BUF struct buf text;
    buf_init(&text, REQUEST_MAX);
    if (file_read_fd(STDIN_FILENO, "the request", &text, err) < 0 ||
        json_decode(arena, buf_get(&text), text.n, systemd_request_fields, &request, JSON_STRICT,
                    err) < 0)
        return -1;
    AUTO_BUS sd_bus *bus = NULL;
    int r = request.user ? sd_bus_open_user(&bus) : sd_bus_open_system(&bus);
    if (r < 0) {
        (void)fail_bus(err, r, NULL,
                       request.user ? "connect to the user's message bus (is XDG_RUNTIME_DIR set?)"
                                    : "connect to the system's message bus (is systemd running?)");
        err->kind = ERR_UNAVAILABLE;
        return -1;
    }
    // Signals are sent when somebody listens; the job of one's own comes in any case.
    (void)sd_bus_call_method(bus, SERVICE, MANAGER, "Subscribe", NULL, NULL, NULL);
    return verbs[request.verb](bus, &request, answer, err);
}

int main(int argc, char **)
{
    if (argc > 1) {
        fprintf(stderr, "usage: dhow-systemd-cgroup <request.json\n"
                        "Started by dhow-runtime --systemd-cgroup; not meant to be run by hand.\n");
        return 2;
    }
    AUTO_ARENA struct arena arena = {0};
    struct systemd_answer answer = {0};
    struct err err;
    int done = run(&arena, &answer, &err);
    if (done < 0)
        answer = (struct systemd_answer){.error = err.text, .kind = err.kind};
    AUTO_BUF struct buf text;
    buf_init(&text, ANSWER_MAX);
    json_encode(&text, systemd_answer_fields, &answer, JSON_COMPACT);
    if (write_all(STDOUT_FILENO, buf_get(&text), text.n) < 0)
        return 2;
    return done < 0 ? 1 : 0;
}
