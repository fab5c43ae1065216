// SPDX-License-Identifier: Apache-2.0
// curl.h — libcurl, loaded when it is first needed.
//
// dhow-transfer unpacks layers, too, and an empty program that links libcurl takes 9 ms to start
// (I3). So the library is opened by the verb that wants it, and called through this table.
#pragma once
#include "base/err.h"

#include <curl/curl.h>
// The macros of these names check types where the functions are called by name.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

struct curl {
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    void (*easy_cleanup)(CURL *easy);
    void (*easy_reset)(CURL *easy);
    CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
    CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
    const char *(*easy_strerror)(CURLcode code);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_cleanup)(CURLM *multi);
    CURLMcode (*multi_setopt)(CURLM *multi, CURLMoption option, ...);
    CURLMcode (*multi_add_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_perform)(CURLM *multi, int *running);
    CURLMcode (*multi_poll)(CURLM *multi, struct curl_waitfd extra[], unsigned n_extra,
                            int timeout_ms, int *n);
    CURLMsg *(*multi_info_read)(CURLM *multi, int *n_left);
    const char *(*multi_strerror)(CURLMcode code);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
};
// Opens the library, once in a process, and initialises it. ERR_SYSTEM: it is not installed, or
// lacks something.
[[nodiscard]] int curl_load(struct curl *out, struct err *err);
