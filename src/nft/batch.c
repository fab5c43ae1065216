// SPDX-License-Identifier: Apache-2.0
// batch.c — messages and attributes put together, sent as one transaction, errors found by number.
//
//     BATCH_BEGIN (generation)  message 1 … message n  BATCH_END
//
// The kernel checks and commits inside sendmsg(2): when that returns, what it refused is in the
// socket's queue already, so no message asks for an acknowledgement and nothing has to be waited
// for.
#include "nft/batch.h"

#include "base/mem.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_BYTES = 32 * 1024, SEQUENCE_BEGIN = 1 };

static void put_header(struct nft_batch *batch, uint16_t type, uint16_t flags, uint8_t family,
                       uint32_t sequence, uint16_t resource)
{
    const struct {
        struct nlmsghdr netlink;
        struct nfgenmsg filter;
    } header = {
        {.nlmsg_len = sizeof header,
         .nlmsg_type = type,
         .nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST),
         .nlmsg_seq = sequence},
        {.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(resource)},
    };
    batch->message = batch->bytes.n;
    buf_add(&batch->bytes, &header, sizeof header);
}

static void end_header(struct nft_batch *batch)
{
    uint32_t n = (uint32_t)(batch->bytes.n - batch->message);
    if (!batch->bytes.is_full) // nft_commit says so
        memcpy(batch->bytes.at + batch->message, &n, sizeof n);
}

void nft_batch_init(struct nft_batch *batch, uint8_t family, const char *table, uint32_t generation)
{
    *batch = (struct nft_batch){.family = family, .table = table};
    buf_init(&batch->bytes, NFT_BATCH_MAX);
    put_header(batch, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, SEQUENCE_BEGIN, NFNL_SUBSYS_NFTABLES);
    if (generation != 0)
        nft_put_u32(batch, NFNL_BATCH_GENID, generation);
    end_header(batch);
}

void nft_batch_done(struct nft_batch *batch)
{
    if (batch == NULL)
        return;
    buf_done(&batch->bytes);
    free(batch->labels);
}

void nft_message(struct nft_batch *batch, uint16_t type, uint16_t flags, const char *label)
{
    assert(batch->depth == 0);
    if (batch->n == batch->labels_room) {
        batch->labels_room = batch->labels_room * 2 + 16;
        batch->labels = xreallocarray(batch->labels, batch->labels_room, sizeof *batch->labels);
    }
    batch->labels[batch->n++] = label;
    put_header(batch, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, batch->family,
               SEQUENCE_BEGIN + batch->n, 0);
}

void nft_message_end(struct nft_batch *batch)
{
    assert(batch->depth == 0);
    end_header(batch);
}

void nft_put(struct nft_batch *batch, uint16_t type, const void *value, size_t n)
{
    static const char zeros[NLA_ALIGNTO];
    const struct nlattr attribute = {.nla_len = (uint16_t)(NLA_HDRLEN + n), .nla_type = type};
    assert(n <= UINT16_MAX - NLA_HDRLEN);
    buf_add(&batch->bytes, &attribute, sizeof attribute);
    if (n != 0)
        buf_add(&batch->bytes, value, n);
    buf_add(&batch->bytes, zeros, NLA_ALIGN(n) - n);
}

void nft_put_u32(struct nft_batch *batch, uint16_t type, uint32_t value)
{
    uint32_t big = htonl(value);
    nft_put(batch, type, &big, sizeof big);
}

void nft_put_text(struct nft_batch *batch, uint16_t type, const char *text)
{
    nft_put(batch, type, text, strlen(text) + 1);
}

void nft_nest(struct nft_batch *batch, uint16_t type)
{
    assert(batch->depth < NFT_DEPTH_MAX);
    batch->nests[batch->depth++] = batch->bytes.n;
    nft_put(batch, type | NLA_F_NESTED, NULL, 0);
}

void nft_nest_end(struct nft_batch *batch)
{
    assert(batch->depth > 0);
    size_t at = batch->nests[--batch->depth];
    uint16_t n = (uint16_t)(batch->bytes.n - at);
    if (!batch->bytes.is_full)
        memcpy(batch->bytes.at + at, &n, sizeof n);
}

// --- the kernel

int nft_open(struct err *err)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    if (fd < 0)
        return fail_sys(err, "open a socket to the kernel's packet filter");
    return fd;
}

void nft_close_later(int socket)
{
    // Not vfork: the parent would wait. The child is nobody's to wait for, so it has a parent that
    // has ended.
    pid_t child = fork();
    if (child == 0) {
        if (fork() == 0) {
            (void)setsid();
            (void)syscall(SYS_close_range, 0U, (unsigned)socket - 1, 0U);
            (void)syscall(SYS_close_range, (unsigned)socket + 1, ~0U, 0U);
        }
        _exit(0);
    }
    (void)close(socket); // ours is not the last, or there is no child
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
}

static int send_all(int socket, const void *bytes, size_t n, struct err *err)
{
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    if (sendto(socket, bytes, n, 0, (const struct sockaddr *)&kernel, sizeof kernel) < 0)
        return fail_sys(err, "packet filter: send");
    return 0;
}

static int refused(const struct nft_batch *batch, uint32_t sequence, int error, struct err *err)
{
    const char *label = "the change";
    if (sequence > SEQUENCE_BEGIN && sequence - SEQUENCE_BEGIN <= batch->n)
        label = batch->labels[sequence - SEQUENCE_BEGIN - 1];
    errno = error;
    return fail_sys(err, "packet filter: table %s: %s", batch->table, label);
}

// The first refusal in what one datagram has, if any.
static int check_answers(const struct nft_batch *batch, const char *bytes, size_t n,
                         struct err *err)
{
    uint32_t left = (uint32_t)n;
    for (const struct nlmsghdr *at = (const void *)bytes; NLMSG_OK(at, left);
         at = NLMSG_NEXT(at, left)) {
        const struct nlmsgerr *answer = NLMSG_DATA(at);
        if (at->nlmsg_type == NLMSG_ERROR && at->nlmsg_len >= NLMSG_LENGTH(sizeof *answer) &&
            answer->error != 0)
            return refused(batch, at->nlmsg_seq, -answer->error, err);
    }
    return 0;
}

int nft_commit(int socket, struct nft_batch *batch, struct err *err)
{
    put_header(batch, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, SEQUENCE_BEGIN + batch->n + 1,
               NFNL_SUBSYS_NFTABLES);
    end_header(batch);
    if (buf_check(&batch->bytes, "a change of the packet filter", err) < 0)
        return -1;
    int room = (int)batch->bytes.n + ANSWER_BYTES;
    (void)setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room); // sendto says so
    if (send_all(socket, batch->bytes.at, batch->bytes.n, err) < 0)
        return -1;
    AUTO_FREE char *answer = xmalloc(ANSWER_BYTES);
    int result = 0;
    for (;;) { // to the end of the queue: the next change must not find answers to this one
        ssize_t n = recv(socket, answer, ANSWER_BYTES, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || result < 0))
            return result;
        if (n < 0)
            return fail_sys(err, "packet filter: receive");
        if (result == 0)
            result = check_answers(batch, answer, (size_t)n, err);
    }
}

// --- questions

// 1: that was the last message; 0: more may come; < 0: refused.
static int take_answer(const struct nlmsghdr *message, nft_answer *answer, void *context)
{
    if (message->nlmsg_type == NLMSG_DONE)
        return 1;
    if (message->nlmsg_type == NLMSG_ERROR) {
        const struct nlmsgerr *result = NLMSG_DATA(message);
        errno = -result->error;
        return result->error == 0 ? 1 : -1;
    }
    size_t head = NLMSG_LENGTH(sizeof(struct nfgenmsg));
    if (message->nlmsg_len < head)
        return 0;
    answer(context, message->nlmsg_type & 0xff, (const void *)((const char *)message + head),
           message->nlmsg_len - head);
    return (message->nlmsg_flags & NLM_F_MULTI) != 0 ? 0 : 1;
}

// 1: answered; < 0 with errno.
static int receive(int socket, nft_answer *answer, void *context)
{
    AUTO_FREE char *bytes = xmalloc(ANSWER_BYTES);
    for (;;) {
        ssize_t n = recv(socket, bytes, ANSWER_BYTES, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        uint32_t left = (uint32_t)n;
        for (const struct nlmsghdr *at = (const void *)bytes; NLMSG_OK(at, left);
             at = NLMSG_NEXT(at, left)) {
            int taken = take_answer(at, answer, context);
            if (taken != 0)
                return taken;
        }
    }
}

int nft_ask(int socket, struct nft_batch *batch, nft_answer *answer, void *context, struct err *err)
{
    if (buf_check(&batch->bytes, "a question to the packet filter", err) < 0 ||
        send_all(socket, batch->bytes.at + batch->message, batch->bytes.n - batch->message, err) <
            0)
        return -1;
    if (receive(socket, answer, context) == 1)
        return 1;
    if (errno == ENOENT)
        return 0;
    return fail_sys(err, "packet filter: ask for %s", batch->labels[batch->n - 1]);
}

int nft_list(int socket, uint16_t type, uint8_t family, nft_answer *answer, void *context,
             struct err *err)
{
    AUTO_NFT_BATCH struct nft_batch batch;
    nft_batch_init(&batch, family, "", 0);
    nft_message(&batch, type, NLM_F_DUMP, "a list");
    nft_message_end(&batch);
    return nft_ask(socket, &batch, answer, context, err);
}

static void take_generation(void *context, uint16_t, const struct nlattr *at, size_t n)
{
    *(uint32_t *)context = nft_number(nft_find(at, n, NFTA_GEN_ID));
}

int nft_generation(int socket, uint32_t *out, struct err *err)
{
    AUTO_NFT_BATCH struct nft_batch batch;
    uint32_t generation = 0;
    nft_batch_init(&batch, AF_UNSPEC, "", 0);
    nft_message(&batch, NFT_MSG_GETGEN, 0, "its generation");
    nft_message_end(&batch);
    if (nft_ask(socket, &batch, take_generation, &generation, err) < 0)
        return -1;
    *out = generation;
    return 0;
}

const struct nlattr *nft_find(const struct nlattr *at, size_t n, uint16_t type)
{
    while (n >= sizeof *at && at->nla_len >= sizeof *at && at->nla_len <= n) {
        if ((at->nla_type & NLA_TYPE_MASK) == type)
            return at;
        size_t step = NLA_ALIGN(at->nla_len);
        if (step >= n)
            break;
        n -= step;
        at = (const void *)((const char *)at + step);
    }
    return NULL;
}

uint32_t nft_number(const struct nlattr *attribute)
{
    uint32_t big = 0;
    if (attribute != NULL && attribute->nla_len >= NLA_HDRLEN + sizeof big)
        memcpy(&big, (const char *)attribute + NLA_HDRLEN, sizeof big);
    return ntohl(big);
}

const char *nft_text(const struct nlattr *attribute)
{
    if (attribute == NULL || attribute->nla_len <= NLA_HDRLEN)
        return "";
    const char *text = (const char *)attribute + NLA_HDRLEN;
    return memchr(text, '\0', attribute->nla_len - NLA_HDRLEN) != NULL ? text : "";
}

const struct nlattr *nft_inside(const struct nlattr *nest, size_t *out_n)
{
    *out_n = nest == NULL || nest->nla_len < NLA_HDRLEN ? 0 : nest->nla_len - (size_t)NLA_HDRLEN;
    return *out_n == 0 ? NULL : (const void *)((const char *)nest + NLA_HDRLEN);
}

// --- being told

// What comes, comes as the kernel's own messages: the type of the first in a datagram is at byte 4,
// in host order, which the filter reads byte by byte. Who flushes takes rules first.
static int attach_filter(int fd)
{
    enum { TYPE_AT = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 4 : 5 };
    static const struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TYPE_AT),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NFT_MSG_DELTABLE, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NFT_MSG_DELCHAIN, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NFT_MSG_DELRULE, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NFT_MSG_DELSET, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    const struct sock_fprog program = {N_ELEMENTS(code), (struct sock_filter *)(uintptr_t)code};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

int nft_watch(struct err *err)
{
    AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK}; // unbound ones hear nothing
    int group = NFNLGRP_NFTABLES;
    if (fd < 0 || attach_filter(fd) < 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
        setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
        return fail_sys(err, "watch the kernel's packet filter");
    return TAKE_FD(fd);
}

void nft_watch_drain(int socket)
{
    char byte; // the rest of each datagram is cut off
    // ENOBUFS says that something was lost, which is news like any other.
    while (recv(socket, &byte, sizeof byte, MSG_DONTWAIT | MSG_TRUNC) >= 0 || errno == EINTR ||
           errno == ENOBUFS)
        ;
}
