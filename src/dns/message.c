// SPDX-License-Identifier: Apache-2.0
// message.c — RFC 1035's format, with nothing trusted: each read is checked against the end.
#include "dns/message.h"

#include "base/mem.h"
#include "base/str.h"

#include <assert.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    QR = 0x80, // first byte of flags
    OPCODE = 0x78,
    AA = 0x04,
    TC = 0x02,
    RD = 0x01,
    RA = 0x80, // second
    CODE = 0x0f,
    LABEL_MAX = 63,
    POINTER_TO_QUESTION = 0xC000 | DNS_HEADER,
    RECORD_HEAD = 12, // pointer, type, class, ttl, length
    OPT_HEAD = 11,    // root, type, size, ttl, length
};

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, (uint16_t)(value >> 16));
    put16(at + 2, (uint16_t)value);
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

// One label of n bytes as text, behind a dot when it is not the first.
static size_t put_label(struct dns_question *out, size_t used, const uint8_t *label, size_t n)
{
    if (used != 0)
        out->name[used++] = '.';
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = lower(label[i]);
        if (byte <= ' ' || byte == '.' || byte >= 127)
            out->is_text = false;
        out->name[used++] = (char)byte;
    }
    return used;
}

// The name at `at`: where it ends, or 0. A question's name stands there whole: nothing to point to.
static size_t read_name(const uint8_t *message, size_t n, size_t at, struct dns_question *out)
{
    size_t start = at, used = 0;
    out->is_text = true;
    while (at < n && message[at] != 0) {
        size_t length = message[at++];
        if (length > LABEL_MAX || at + length >= n || at + length - start >= DNS_NAME_MAX)
            return 0;
        used = put_label(out, used, message + at, length);
        at += length;
    }
    if (at >= n)
        return 0;
    out->name[used] = '\0';
    return at + 1;
}

// EDNS (RFC 6891), when it stands where every client puts it.
static void read_edns(const uint8_t *message, size_t n, struct dns_question *out)
{
    const uint8_t *at = message + out->end;
    if (get16(message + 6) != 0 || get16(message + 8) != 0 || get16(message + 10) == 0 ||
        n - out->end < OPT_HEAD || at[0] != 0 || get16(at + 1) != DNS_OPT)
        return;
    uint16_t size = get16(at + 3);
    if (size > DNS_EDNS_SIZE_MAX)
        size = DNS_EDNS_SIZE_MAX;
    if (size > DNS_UDP_SIZE)
        out->udp_size = size;
}

int dns_question_read(const uint8_t *message, size_t n, struct dns_question *out)
{
    if (n < DNS_HEADER || n > DNS_MESSAGE_MAX || (message[2] & QR) != 0)
        return -1;
    *out = (struct dns_question){
        .id = get16(message),
        .wants_recursion = (message[2] & RD) != 0,
        .end = DNS_HEADER,
        .udp_size = DNS_UDP_SIZE,
    };
    if ((message[2] & OPCODE) != 0)
        return DNS_NOT_IMPLEMENTED;
    if (get16(message + 4) != 1)
        return DNS_FORMAT_ERROR;
    size_t end = read_name(message, n, DNS_HEADER, out);
    if (end == 0 || n - end < 4) {
        out->name[0] = '\0';
        return DNS_FORMAT_ERROR;
    }
    out->type = get16(message + end);
    out->class = get16(message + end + 2);
    out->end = end + 4;
    read_edns(message, n, out);
    return 0;
}

bool dns_answers(const uint8_t *answer, size_t n, const uint8_t *query, size_t end, uint16_t id)
{
    if (n < DNS_HEADER || get16(answer) != id || (answer[2] & QR) == 0)
        return false;
    // Some servers that refuse leave the question out.
    if (get16(answer + 4) == 0)
        return dns_code_of(answer) != DNS_NO_ERROR;
    if (get16(answer + 4) != 1 || n < end)
        return false;
    for (size_t i = DNS_HEADER; i < end; i++) {
        if (lower(answer[i]) != lower(query[i]))
            return false;
    }
    return true;
}

enum dns_code dns_code_of(const uint8_t *answer)
{
    return (enum dns_code)(answer[3] & CODE);
}

void dns_set_id(uint8_t *message, uint16_t id)
{
    put16(message, id);
}

void dns_set_truncated(uint8_t *message)
{
    message[2] |= TC;
    put16(message + 6, 0);
    put16(message + 8, 0);
    put16(message + 10, 0);
}

// --- answers

void dns_answer_begin(struct dns_answer *answer, uint8_t *at, size_t room, const uint8_t *query,
                      const struct dns_question *question)
{
    assert(room >= question->end && question->end >= DNS_HEADER);
    memcpy(at, query, question->end);
    at[2] = (uint8_t)(QR | (query[2] & (OPCODE | RD)));
    at[3] = RA;
    put16(at + 4, question->end > DNS_HEADER ? 1 : 0);
    put16(at + 6, 0);
    put16(at + 8, 0);
    put16(at + 10, 0);
    *answer = (struct dns_answer){.at = at, .n = question->end, .room = room};
}

// A record's head for the name that was asked for; NULL: it does not fit.
static uint8_t *begin_record(struct dns_answer *answer, uint16_t type, uint32_t ttl, size_t n)
{
    if (answer->is_truncated || answer->room - answer->n < RECORD_HEAD + n) {
        answer->is_truncated = true;
        return NULL;
    }
    uint8_t *at = answer->at + answer->n;
    put16(at, POINTER_TO_QUESTION);
    put16(at + 2, type);
    put16(at + 4, DNS_CLASS_IN);
    put32(at + 6, ttl);
    put16(at + 10, (uint16_t)n);
    answer->n += RECORD_HEAD + n;
    put16(answer->at + 6, (uint16_t)(get16(answer->at + 6) + 1));
    return at + RECORD_HEAD;
}

void dns_answer_address(struct dns_answer *answer, const struct ip *address, uint32_t ttl)
{
    uint16_t type = address->family == AF_INET ? DNS_A : DNS_AAAA;
    uint8_t *at = begin_record(answer, type, ttl, ip_size(address));
    if (at != NULL)
        memcpy(at, address->bytes, ip_size(address));
}

void dns_answer_name(struct dns_answer *answer, const char *name, uint32_t ttl)
{
    uint8_t bytes[DNS_NAME_MAX];
    size_t n = 0;
    struct str rest = str_of(name);
    while (rest.n != 0) {
        struct str label = str_cut(&rest, '.');
        if (label.n == 0 || label.n > LABEL_MAX || n + label.n + 2 > sizeof bytes)
            return; // no name that a message can have: nobody is called that
        bytes[n++] = (uint8_t)label.n;
        memcpy(bytes + n, label.at, label.n);
        n += label.n;
    }
    bytes[n++] = 0;
    uint8_t *at = begin_record(answer, DNS_PTR, ttl, n);
    if (at != NULL)
        memcpy(at, bytes, n);
}

size_t dns_answer_end(struct dns_answer *answer, enum dns_code code, bool is_ours)
{
    answer->at[3] = (uint8_t)((answer->at[3] & ~CODE) | (uint8_t)code);
    if (is_ours)
        answer->at[2] |= AA;
    if (answer->is_truncated)
        answer->at[2] |= TC;
    return answer->n;
}

// --- addresses as names

static bool reverse_ipv4(struct str labels, struct ip *out)
{
    struct ip ip = {.family = AF_INET};
    for (size_t i = 0; i < 4; i++) {
        struct str label = str_cut(&labels, '.');
        uint32_t value;
        if (label.n > 3 || !str_to_u32(label, &value) || value > UINT8_MAX)
            return false;
        ip.bytes[3 - i] = (uint8_t)value;
    }
    if (labels.n != 0)
        return false;
    *out = ip;
    return true;
}

static bool reverse_ipv6(struct str labels, struct ip *out)
{
    static const char digits[] = "0123456789abcdef";
    enum { NIBBLES = 32 };
    struct ip ip = {.family = AF_INET6};
    if (labels.n != 2 * NIBBLES - 1)
        return false;
    for (size_t i = 0; i < NIBBLES; i++) {
        const char *digit = memchr(digits, labels.at[2 * i], sizeof digits - 1);
        bool is_last = i == NIBBLES - 1;
        if (digit == NULL || (!is_last && labels.at[2 * i + 1] != '.'))
            return false;
        ip.bytes[15 - i / 2] |= (uint8_t)((digit - digits) << (i % 2 == 0 ? 0 : 4));
    }
    *out = ip;
    return true;
}

bool dns_reverse(const char *name, struct ip *out)
{
    static const char v4[] = ".in-addr.arpa", v6[] = ".ip6.arpa";
    size_t n = strlen(name);
    if (text_ends(name, v4))
        return reverse_ipv4((struct str){name, n - (sizeof v4 - 1)}, out);
    if (text_ends(name, v6))
        return reverse_ipv6((struct str){name, n - (sizeof v6 - 1)}, out);
    return false;
}
