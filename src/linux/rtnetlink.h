// SPDX-License-Identifier: Apache-2.0
// rtnetlink.h — asking the kernel about links and addresses, and telling it (rtnetlink(7)).
#pragma once
#include "base/err.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

enum { RTNETLINK_MESSAGE_MAX = 1024 };

// One request: a header, a body of its type (struct ifinfomsg, ifaddrmsg …), attributes.
struct rtnetlink_request {
    struct nlmsghdr header;
    char body[RTNETLINK_MESSAGE_MAX - sizeof(struct nlmsghdr)];
};

// A socket of the network namespace that the calling thread is in, for as long as it is open.
[[nodiscard]] int rtnetlink_open(struct err *err);
// flags: NLM_F_DUMP, NLM_F_CREATE … beyond request and acknowledgement.
void rtnetlink_init(struct rtnetlink_request *request, uint16_t type, uint16_t flags,
                    const void *body, size_t n);
// Appends an attribute; what does not fit is a programming error.
void rtnetlink_put(struct rtnetlink_request *request, uint16_t type, const void *value, size_t n);
// Attributes put from here to the end are inside one of this type. What opened last ends first.
size_t rtnetlink_nest(struct rtnetlink_request *request, uint16_t type, const void *head, size_t n);
void rtnetlink_nest_end(struct rtnetlink_request *request, size_t nest);
// Called for each message of an answer.
typedef void rtnetlink_answer(const struct nlmsghdr *message, void *context);
// Sends, and gives each answer to `answer` (NULL: none wanted) until the kernel is done. < 0:
// err->sys is the kernel's errno, without any text of what was asked for: add that with fail_in.
[[nodiscard]] int rtnetlink_ask(int fd, struct rtnetlink_request *request, rtnetlink_answer *answer,
                                void *context, struct err *err);
// The attribute of that type among those from `first` in `room` bytes, or NULL.
const struct rtattr *rtnetlink_get(const struct rtattr *first, size_t room, uint16_t type);
