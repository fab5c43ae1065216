// SPDX-License-Identifier: Apache-2.0
// signature.c — one EVP_DigestVerify.
//
// Nothing but a plain yes of libcrypto is a yes: an error on the way is a no, or a key that cannot
// be used.
#include "signature/signature.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

enum { RSA_BITS_MIN = 2048, EC_BITS_MIN = 224 };

void signature_init(void)
{
    // Without a configuration there are no engines or providers that somebody added.
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    EVP_MD_free(EVP_MD_fetch(NULL, "SHA2-256", NULL)); // loads the provider
}

static EVP_PKEY *read_key(struct str text, struct err *err)
{
    BIO *bio = text.n <= INT_MAX ? BIO_new_mem_buf(text.at, (int)text.n) : NULL;
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    (void)BIO_free(bio); // NULL-safe
    if (key == NULL) {
        (void)fail(err, ERR_INVALID, "a public key is no PEM text (BEGIN PUBLIC KEY)");
        return NULL;
    }
    int type = EVP_PKEY_get_base_id(key), bits = EVP_PKEY_get_bits(key);
    bool is_strong = type == EVP_PKEY_ED25519 || (type == EVP_PKEY_RSA && bits >= RSA_BITS_MIN) ||
                     (type == EVP_PKEY_EC && bits >= EC_BITS_MIN);
    if (!is_strong) {
        EVP_PKEY_free(key);
        (void)fail(err, ERR_INVALID,
                   "a public key of a kind, or so short, that it is not trusted: want EC, Ed25519, "
                   "or RSA of %d bits or more",
                   RSA_BITS_MIN);
        return NULL;
    }
    return key;
}

int signature_verify(struct str key_text, struct str bytes, struct str signature, struct err *err)
{
    EVP_PKEY *key = read_key(key_text, err);
    if (key == NULL)
        return -1;
    const EVP_MD *hash = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_valid = context != NULL && EVP_DigestVerifyInit(context, NULL, hash, NULL, key) == 1 &&
                    EVP_DigestVerify(context, (const unsigned char *)signature.at, signature.n,
                                     (const unsigned char *)bytes.at, bytes.n) == 1;
    EVP_MD_CTX_free(context); // NULL-safe
    EVP_PKEY_free(key);
    return is_valid;
}
