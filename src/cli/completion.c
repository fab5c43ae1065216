// SPDX-License-Identifier: Apache-2.0
// completion.c — dhow completion bash|zsh|fish: the scripts that make shells ask `dhow __complete`.
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

// DHOW stands for the name of the program.

// bash splits words at = and : (COMP_WORDBREAKS) and wants only what is behind the last one back.
static const char bash[] =
    "# bash completion for DHOW\n"
    "__DHOW_complete() {\n"
    "    local cur words cword line=${COMP_LINE:0:COMP_POINT} out hint candidate head IFS=$' "
    "\\t\\n'\n"
    "    if declare -F _get_comp_words_by_ref >/dev/null; then\n"
    "        _get_comp_words_by_ref -n '=:' cur words cword\n"
    "    else\n"
    "        read -r -a words <<<\"$line\"\n"
    "        [[ $line != *[[:space:]] ]] || words+=('')\n"
    "        cword=$((${#words[@]} - 1))\n"
    "        cur=${words[cword]}\n"
    "    fi\n"
    "    out=$(\"${words[0]/#\\~/$HOME}\" __completeNoDesc \"${words[@]:1:cword-1}\" \"$cur\" "
    "2>/dev/null) || return\n"
    "    hint=${out##*:}\n"
    "    out=${out%:*}\n"
    "    COMPREPLY=()\n"
    "    (((hint & 1) == 0)) || return\n"
    "    head=${cur%\"${cur##*[=:]}\"}\n"
    "    while IFS= read -r candidate; do\n"
    "        [[ -n $candidate ]] && COMPREPLY+=(\"${candidate#\"$head\"}\")\n"
    "    done <<<\"$out\"\n"
    "    (((hint & 2) == 0)) || compopt -o nospace\n"
    "    if ((${#COMPREPLY[@]} == 0 && (hint & 16))); then\n"
    "        compopt -o dirnames\n"
    "    elif (((hint & 4) == 0)); then\n"
    "        ((${#COMPREPLY[@]} != 0)) || compopt -o default\n"
    "    fi\n"
    "}\n"
    "complete -F __DHOW_complete DHOW\n";

static const char zsh[] = "#compdef DHOW\n"
                          "# zsh completion for DHOW\n"
                          "_DHOW() {\n"
                          "    local out hint line word what\n"
                          "    local -a candidates options\n"
                          "    out=$(\"${words[1]/#\\~/$HOME}\" __complete "
                          "\"${(@Q)words[2,CURRENT-1]}\" \"${(Q)PREFIX}\" "
                          "2>/dev/null) || return 1\n"
                          "    hint=${out##*:}\n"
                          "    out=${out%:*}\n"
                          "    (( (hint & 1) == 0 )) || return 1\n"
                          "    for line in \"${(@f)out}\"; do\n"
                          "        [[ -n $line ]] || continue\n"
                          "        word=${line%%$'\\t'*} what=\n"
                          "        [[ $line != *$'\\t'* ]] || what=${line#*$'\\t'}\n"
                          "        candidates+=(\"${word//:/\\\\:}${what:+:$what}\")\n"
                          "    done\n"
                          "    (( (hint & 2) == 0 )) || options=(-S '')\n"
                          "    if (( $#candidates )); then\n"
                          "        _describe -V 'DHOW' candidates $options && return 0\n"
                          "    fi\n"
                          "    if (( hint & 16 )); then\n"
                          "        _files -/\n"
                          "    elif (( (hint & 4) == 0 )); then\n"
                          "        _files\n"
                          "    fi\n"
                          "}\n"
                          "if [ \"$funcstack[1]\" = \"_DHOW\" ]; then\n"
                          "    _DHOW \"$@\"\n"
                          "else\n"
                          "    compdef _DHOW DHOW\n"
                          "fi\n";

static const char fish[] =
    "# fish completion for DHOW\n"
    "function __DHOW_complete\n"
    "    set -l words (commandline -opc)\n"
    "    set -l current (commandline -ct)\n"
    "    set -l out ($words[1] __complete $words[2..] \"$current\" 2>/dev/null)\n"
    "    test (count $out) -gt 0; or return\n"
    "    set -l hint (string replace -r '^:' '' -- $out[-1])\n"
    "    set -e out[-1]\n"
    "    test (math \"$hint % 2\") -eq 0; or return\n"
    "    if test (count $out) -gt 0\n"
    "        printf '%s\\n' $out\n"
    "    else\n"
    "        if test (math \"floor($hint / 16) % 2\") -eq 1\n"
    "            __fish_complete_directories \"$current\"\n"
    "        else if test (math \"floor($hint / 4) % 2\") -eq 0\n"
    "            __fish_complete_path \"$current\"\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c DHOW -e\n"
    "complete -c DHOW -f -k -a '(__DHOW_complete)'\n";

struct completion_args {
    const char *command;
};
static const struct option completion_options[] = {
    OPTION_TEXT(struct completion_args, command, "command", 0, "name",
                "for dhow under this name: docker"),
    {},
};

static const struct {
    const char *shell, *script;
} scripts[] = {{"bash", bash}, {"fish", fish}, {"zsh", zsh}};

static void print_script(const char *script, const char *name)
{
    for (const char *at = script; *at != '\0';) {
        const char *next = strstr(at, "DHOW");
        size_t n = next != NULL ? (size_t)(next - at) : strlen(at);
        (void)fwrite(at, 1, n, stdout); // main looks whether all was written
        if (next != NULL)
            fputs(name, stdout);
        at += n + (next != NULL ? strlen("DHOW") : 0);
    }
}

static int completion_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct completion_args *args = at;
    const char *name = args->command != NULL ? args->command : "dhow";
    for (size_t i = 0; i < N_ELEMENTS(scripts); i++) {
        if (strcmp(scripts[i].shell, words->at[0]) != 0)
            continue;
        print_script(scripts[i].script, name);
        return 0;
    }
    (void)fail(&cli->err, ERR_INVALID, "unknown shell: %s (there are bash, fish and zsh)",
               words->at[0]);
    return cli_fail(cli, 1);
}
const struct command completion_command = {
    "completion",
    "SHELL",
    "Print the completion script for bash, zsh or fish",
    completion_options,
    sizeof(struct completion_args),
    OPTIONS_MIXED,
    1,
    1,
    completion_run,
    ".PP\nAn installation has the scripts where the shells look for them. Without one: "
    "\\fBsource <(dhow completion bash)\\fR in \\fI~/.bashrc\\fR, \\fBsource <(dhow completion "
    "zsh)\\fR in \\fI~/.zshrc\\fR after compinit, \\fBdhow completion fish "
    "> ~/.config/fish/completions/dhow.fish\\fR.\n.PP\nCommands, options, and the containers, "
    "images, networks, volumes, secrets and contexts that there are at that moment are completed; "
    "with \\fBDOCKER_COMPLETION_SHOW_CONTAINER_IDS=yes\\fR ids, too.",
};
