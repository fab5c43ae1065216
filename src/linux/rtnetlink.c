// SPDX-License-Identifier: Apache-2.0
// rtnetlink.c — building, sending and reading messages; the kernel is the only peer.
#include "linux/rtnetlink.h"

#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { ANSWER_BYTES = 32 * 1024 }; // what the kernel packs a dump into

int rtnetlink_open(struct err *err)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0)
        return fail_sys(err, "open a netlink socket");
    return fd;
}

void rtnetlink_init(struct rtnetlink_request *request, uint16_t type, uint16_t flags,
                    const void *body, size_t n)
{
    *request = (struct rtnetlink_request){
        .header = {.nlmsg_len = (uint32_t)NLMSG_SPACE(n),
                   .nlmsg_type = type,
                   .nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST | NLM_F_ACK),
                   .nlmsg_seq = 1}};
    assert(n <= sizeof request->body);
    memcpy(request->body, body, n);
}

void rtnetlink_put(struct rtnetlink_request *request, uint16_t type, const void *value, size_t n)
{
    const struct rtattr attribute = {.rta_len = (uint16_t)RTA_LENGTH(n), .rta_type = type};
    size_t used = request->header.nlmsg_len - sizeof request->header;
    assert(used + RTA_SPACE(n) <= sizeof request->body);
    memcpy(request->body + used, &attribute, sizeof attribute);
    if (n != 0)
        memcpy(request->body + used + RTA_LENGTH(0), value, n);
    request->header.nlmsg_len += (uint32_t)RTA_SPACE(n);
}

size_t rtnetlink_nest(struct rtnetlink_request *request, uint16_t type, const void *head, size_t n)
{
    size_t at = request->header.nlmsg_len - sizeof request->header;
    rtnetlink_put(request, type, head, n);
    return at;
}

void rtnetlink_nest_end(struct rtnetlink_request *request, size_t nest)
{
    struct rtattr attribute;
    memcpy(&attribute, request->body + nest, sizeof attribute);
    size_t used = request->header.nlmsg_len - sizeof request->header;
    attribute.rta_len = (uint16_t)(used - nest);
    memcpy(request->body + nest, &attribute, sizeof attribute);
}

const struct rtattr *rtnetlink_get(const struct rtattr *first, size_t room, uint16_t type)
{
    int left = (int)room;
    for (const struct rtattr *at = first; RTA_OK(at, left); at = RTA_NEXT(at, left)) {
        if ((at->rta_type & NLA_TYPE_MASK) == type)
            return at;
    }
    return NULL;
}

// 1: that was the last message; 0: more come; < 0: the kernel's answer is an error.
static int take(const struct nlmsghdr *message, rtnetlink_answer *answer, void *context,
                struct err *err)
{
    if (message->nlmsg_type == NLMSG_DONE)
        return 1;
    if (message->nlmsg_type != NLMSG_ERROR) {
        if (answer != NULL)
            answer(message, context);
        return 0;
    }
    const struct nlmsgerr *result = NLMSG_DATA(message);
    if (message->nlmsg_len < NLMSG_LENGTH(sizeof *result))
        return fail(err, ERR_SYSTEM, "netlink: short answer");
    if (result->error == 0)
        return 1;
    errno = -result->error;
    return fail_sys(err, "netlink");
}

int rtnetlink_ask(int fd, struct rtnetlink_request *request, rtnetlink_answer *answer,
                  void *context, struct err *err)
{
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    if (sendto(fd, request, request->header.nlmsg_len, 0, (const struct sockaddr *)&kernel,
               sizeof kernel) < 0)
        return fail_sys(err, "netlink: send");
    AUTO_FREE char *room = xmalloc(ANSWER_BYTES);
    for (;;) {
        ssize_t n = recv(fd, room, ANSWER_BYTES, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_sys(err, "netlink: receive");
        uint32_t left = (uint32_t)n;
        for (const struct nlmsghdr *at = (const void *)room; NLMSG_OK(at, left);
             at = NLMSG_NEXT(at, left)) {
            int r = take(at, answer, context, err);
            if (r != 0)
                return r < 0 ? -1 : 0;
        }
    }
}
