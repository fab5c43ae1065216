// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/sha256.h"
#include "base/sha256_blocks.h"
#include "base/test.h"

#include <string.h>

static const char *hex_of(const void *bytes, size_t n)
{
    static char hex[SHA256_HEX + 1];
    uint8_t digest[SHA256_BYTES];
    sha256_of(bytes, n, digest);
    sha256_hex(digest, hex);
    return hex;
}

// NIST, "SHA-256 examples", and FIPS 180-2 appendix B.
TEST(sha256_gives_the_standards_test_vectors)
{
    static const struct {
        const char *text, *digest;
    } vectors[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrl"
         "mnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    for (size_t i = 0; i < N_ELEMENTS(vectors); i++)
        CHECK_STR(hex_of(vectors[i].text, strlen(vectors[i].text)), vectors[i].digest);
}

TEST(sha256_of_a_million_letters_in_odd_pieces_is_the_standards)
{
    static char letters[1000 * 1000];
    memset(letters, 'a', sizeof letters);
    struct sha256 hash;
    sha256_init(&hash);
    size_t piece = 1;
    for (size_t at = 0; at < sizeof letters; piece = piece * 3 % 997) {
        size_t n = piece < sizeof letters - at ? piece : sizeof letters - at;
        sha256_add(&hash, letters + at, n);
        at += n;
    }
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX + 1];
    sha256_end(&hash, digest);
    sha256_hex(digest, hex);
    CHECK_STR(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(sha256_is_the_same_for_every_length_around_the_padding_however_it_is_cut)
{
    uint8_t bytes[200], whole[SHA256_BYTES], cut[SHA256_BYTES];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    for (size_t n = 0; n < sizeof bytes; n++) {
        sha256_of(bytes, n, whole);
        struct sha256 hash;
        sha256_init(&hash);
        sha256_add(&hash, bytes, n / 3);
        sha256_add(&hash, bytes + n / 3, n - n / 3);
        sha256_end(&hash, cut);
        CHECK(memcmp(whole, cut, sizeof whole) == 0);
    }
}

TEST(sha256_by_the_processors_instructions_equals_the_portable_way)
{
    if (!sha256_has_instructions())
        skip();
    uint8_t blocks[32 * SHA256_BLOCK];
    uint32_t seed = 1, a[8], b[8];
    for (size_t i = 0; i < sizeof blocks; i++)
        blocks[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
    for (size_t i = 0; i < 8; i++)
        a[i] = b[i] = seed = seed * 1664525 + 1013904223;
    sha256_blocks_portable(a, blocks, 32);
    sha256_blocks_instructions(b, blocks, 32);
    CHECK(memcmp(a, b, sizeof a) == 0);
}
