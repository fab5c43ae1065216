// SPDX-License-Identifier: Apache-2.0
// send.h — images from one machine to another without a registry in between.
#pragma once
#include "cli/command.h"

// True for "ssh://…": what push sends there goes through send_images.
bool is_ssh_url(const char *text);
// `dhow push ssh://[user@]host[:port] IMAGE…`: sends the blobs that the other side's dhow lacks and
// prints what it has loaded. Gives the exit status.
int send_images(struct cli *cli, const char *url, const struct words *images);
// `dhow image receive`: the other side of it, on standard input and output.
extern const struct command image_receive_command;
