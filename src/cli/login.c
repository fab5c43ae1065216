// SPDX-License-Identifier: Apache-2.0
// login.c — login, logout: a user's name and password for a registry, tried out and stored.
//
// Not here: logging in to Docker Hub with a browser (docker's device code).
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/credentials.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <string.h>

enum { PASSWORD_MAX = 64 * 1024 };

struct login_args {
    const char *username, *password;
    bool password_stdin;
};
static const struct option login_options[] = {
    OPTION_TEXT(struct login_args, password, "password", 'p', "string",
                "password or access token; - reads it from standard input"),
    OPTION_FLAG(struct login_args, password_stdin, "password-stdin", 0,
                "read the password from standard input"),
    OPTION_TEXT(struct login_args, username, "username", 'u', "string", "user name"),
    {},
};

// Tries it at the registry and says so: 0, or < 0 with the registry's reason.
static int verify(struct cli *cli, const struct registry_auth *auth,
                  struct system_auth_response *out)
{
    *out = (struct system_auth_response){};
    return cli_call(cli, SYSTEM_AUTH, auth, out);
}

static void say_success(const struct system_auth_response *response)
{
    puts(text_is_empty(response->status) ? "Login Succeeded" : response->status);
}

// 1: what is stored already is good; 0: ask the user, for whom *out_user is the proposal.
static int try_stored(struct cli *cli, const char *key, const char **out_user)
{
    struct registry_auth stored;
    struct system_auth_response response;
    int found = credentials_find(&cli->arena, cli_config(cli), key, NULL, &stored, &cli->err);
    if (found < 0)
        return -1;
    if (found == 0)
        return 0;
    *out_user = stored.username;
    printf("Authenticating with existing credentials...");
    if (!text_is_empty(stored.username))
        printf(" [Username: %s]", stored.username);
    printf("\n\nTo log in as somebody else, run 'dhow logout' first.\n\n");
    if (verify(cli, &stored, &response) == 0) {
        say_success(&response);
        return 1;
    }
    (void)fflush(stdout);
    fprintf(stderr, "Login did not succeed, error: %s\n", cli->err.text);
    return 0;
}

static int read_password(struct cli *cli, const char **out)
{
    AUTO_BUF struct buf text;
    buf_init(&text, PASSWORD_MAX);
    if (file_read_fd(STDIN_FILENO, "the password", &text, &cli->err) < 0)
        return -1;
    while (text.n != 0 && strchr("\r\n", text.at[text.n - 1]) != NULL)
        text.n--;
    if (text.n == 0)
        return fail(&cli->err, ERR_INVALID, "password is empty");
    *out = arena_strndup(&cli->arena, buf_get(&text), text.n);
    return 0;
}

static int ask(struct cli *cli, const char *prompt, bool is_secret, const char **out)
{
    AUTO_BUF struct buf line;
    buf_init(&line, PASSWORD_MAX);
    if (terminal_ask(prompt, is_secret, &line, &cli->err) < 0) {
        puts("");
        return -1;
    }
    struct str text = {buf_get(&line), line.n};
    text = is_secret ? text : str_trim(text);
    *out = arena_strndup(&cli->arena, text.at, text.n);
    return 0;
}

static int ask_user(struct cli *cli, const char *key, const char *proposal, const char **out)
{
    if (strcmp(key, DOCKER_HUB_KEY) == 0 && text_is_empty(proposal))
        puts("Log in to Docker Hub with your Docker ID, and with a password or an access token.");
    const char *prompt = text_is_empty(proposal)
                             ? "Username: "
                             : arena_printf(&cli->arena, "Username (%s): ", proposal);
    if (ask(cli, prompt, false, out) < 0)
        return -1;
    if (text_is_empty(*out))
        *out = proposal;
    if (text_is_empty(*out))
        return fail(&cli->err, ERR_INVALID, "username is required");
    return 0;
}

// Completes *auth from standard input or the terminal.
static int ask_for_rest(struct cli *cli, const struct login_args *args, const char *proposal,
                        struct registry_auth *auth)
{
    bool from_stdin = args->password_stdin || text_equal(args->password, "-");
    if (from_stdin)
        return read_password(cli, &auth->password);
    if ((text_is_empty(auth->username) || text_is_empty(auth->password)) && !isatty(STDIN_FILENO))
        return fail(&cli->err, ERR_INVALID,
                    "Cannot perform an interactive login from a non TTY device: use --username and "
                    "--password-stdin");
    if (text_is_empty(auth->username) &&
        ask_user(cli, auth->serveraddress, proposal, &auth->username) < 0)
        return -1;
    if (!text_is_empty(auth->password))
        return 0;
    if (ask(cli, "Password: ", true, &auth->password) < 0)
        return -1;
    return text_is_empty(auth->password) ? fail(&cli->err, ERR_INVALID, "password is required") : 0;
}

static int check_args(struct cli *cli, const struct login_args *args)
{
    if (args->password != NULL && args->password_stdin)
        return fail(&cli->err, ERR_INVALID,
                    "conflicting options: cannot specify both --password and --password-stdin");
    if ((args->password_stdin || text_equal(args->password, "-")) && text_is_empty(args->username))
        return fail(&cli->err, ERR_INVALID,
                    "the --password-stdin option requires --username to be set");
    if (args->password != NULL && strcmp(args->password, "-") != 0)
        fputs("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n", stderr);
    return 0;
}

static int store(struct cli *cli, struct registry_auth *auth,
                 const struct system_auth_response *response)
{
    if (!text_is_empty(response->identity_token)) {
        auth->identitytoken = response->identity_token;
        auth->password = NULL;
    }
    const struct config_file *config = cli_config(cli);
    int place = credentials_store(&cli->arena, config, auth, &cli->err);
    if (place == CREDENTIALS_IN_FILE)
        fprintf(stderr,
                "\nWARNING! Your credentials are stored unencrypted in '%s'.\n"
                "Configure a credential helper to remove this warning. See\n"
                "https://docs.docker.com/go/credential-store/\n\n",
                config->path);
    return place < 0 ? -1 : 0;
}

static int login_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct login_args *args = at;
    const char *proposal = NULL;
    struct system_auth_response response;
    if (check_args(cli, args) < 0)
        return cli_fail(cli, 1);
    struct registry_auth auth = {
        .username = args->username,
        .password = args->password,
        .serveraddress = registry_key(&cli->arena, words->n != 0 ? words->at[0] : DOCKER_HUB),
    };
    if (text_is_empty(auth.username) && text_is_empty(auth.password)) {
        int is_done = try_stored(cli, auth.serveraddress, &proposal);
        if (is_done != 0)
            return is_done < 0 ? cli_fail(cli, 1) : 0;
    }
    if (ask_for_rest(cli, args, proposal, &auth) < 0)
        return cli_fail(cli, cli->err.kind == ERR_CONFLICT ? EXIT_INTERRUPTED : 1);
    if (verify(cli, &auth, &response) < 0 || store(cli, &auth, &response) < 0)
        return cli_fail(cli, 1);
    say_success(&response);
    return 0;
}
const struct command login_command = {
    "login",
    "[SERVER]",
    "Log in to a registry",
    login_options,
    sizeof(struct login_args),
    OPTIONS_MIXED,
    0,
    1,
    login_run,
    "Without a server it is Docker Hub. The login is tried at the registry and then kept in "
    "docker's\n"
    "\\fI~/.docker/config.json\\fR (\\fBDOCKER_CONFIG\\fR), or with the credential helper that "
    "this "
    "file\nnames in \\fBcredsStore\\fR or \\fBcredHelpers\\fR: a program "
    "\\fBdocker-credential-\\fR\\fINAME\\fR in \\fBPATH\\fR,\nwhich gets the user's environment "
    "and has two minutes to answer.\n"
    "What \\fBpodman login\\fR has stored (\\fBREGISTRY_AUTH_FILE\\fR, "
    "\\fI$XDG_RUNTIME_DIR/containers/auth.json\\fR)\nis used, too, where there is no login of "
    "docker's or dhow's.\n"};

static const struct option no_options[] = {{}};

static int logout_run(struct cli *cli, const void *args, const struct words *words)
{
    (void)args;
    const char *key = registry_key(&cli->arena, words->n != 0 ? words->at[0] : DOCKER_HUB);
    const struct config_file *config = cli_config(cli);
    int found = credentials_stored(&cli->arena, config, key, &cli->err);
    if (found < 0)
        return cli_fail(cli, 1);
    if (found == 0) {
        printf("Not logged in to %s\n", key);
        return 0;
    }
    printf("Removing login credentials for %s\n", key);
    if (credentials_erase(&cli->arena, config, key, &cli->err) < 0)
        return cli_fail(cli, 1);
    return 0;
}
const struct command logout_command = {
    "logout",   "[SERVER]", "Log out from a registry", no_options, 0, OPTIONS_MIXED, 0, 1,
    logout_run, NULL,
};
