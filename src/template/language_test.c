// SPDX-License-Identifier: Apache-2.0
// language_test.c — the language itself.
//
// What is expected was said by Go 1.26's text/template with docker's functions.
#include "base/mem.h"
#include "template/rows_test.h"

// clang-format off
static const struct template_row texts_fields_and_rows[] = {
    {"{{.Id}}", "abc"},
    {"{{.State.Status}} {{.State.Pid}}", "running 42"},
    {"a{{/* c */}}b", "ab"},
    {"a {{- .Id -}} b", "aabcb"},
    {"a {{- /* c */ -}} b", "ab"},
    {"x{{\"\\n\"}}y", "x\ny"},
    {"{{.}}", "map[Args:[a b c] Big:12345678 E:[] F:1.5 Id:abc L:map[b:2 x:1] M:map[] N:[1 2 3] Name:/web-1_a Ports:map[443/tcp:<nil> 80/tcp:[map[HostIp:0.0.0.0 HostPort:8080]]] State:map[Health:<nil> Pid:42 Status:running] T:true]"},
    {"{{.State}}", "map[Health:<nil> Pid:42 Status:running]"},
    {"{{.Args}} {{.N}} {{.E}} {{.M}} {{.L}}", "[a b c] [1 2 3] [] map[] map[b:2 x:1]"},
    {"{{.No}}", "<no value>"},
    {"{{.No.Such}}", "<no value>"},
    {"{{.State.Health}}", "<no value>"},
    {"{{1.5}} {{1e6}} {{1e21}} {{1e-7}} {{0.000001}} {{123456.789}} {{100000.0}} {{12345678.0}} {{0.1}} {{1e20}}", "1.5 1e+06 1e+21 1e-07 1e-06 123456.789 100000 1.2345678e+07 0.1 1e+20"},
    {"{{.F}} {{.Big}}", "1.5 12345678"},
    {"{{0x1F}} {{0b11}} {{0o17}} {{017}} {{1_000}} {{'a'}} {{'\\n'}} {{'\\''}} {{-5}} {{+5}} {{0}} {{1e3}} {{0x1p4}} {{'é'}}", "31 3 15 15 1000 97 10 39 -5 5 0 1000 16 233"},
    {"{{9223372036854775807}}", "9223372036854775807"},
    {"{{\"a\\tb\\\"c\\\\\\x41\\u00e9\\101\"}}{{`raw\\n`}}", "a\tb\"c\\AéAraw\\n"},
    {"{{true}} {{false}}", "true false"},
    {"{{(.State).Pid}} {{(.State.Pid)}} {{((.Id))}}", "42 42 abc"},
    {"{{.Id | }}", "abc"},
    {"{{.1}}", "0.1"},
    {"{{- .Id -}}", "abc"},
    {"{{-3}} {{- 3}} {{3 -}} x", "-33 3x"},
    {"{{.Id -}}   x {{- \" y\"}}", "abcx y"},
    {"{{- /* a */ -}} x", "x"},
    {"{{(.No).Foo}}", "<no value>"},
    {"{{(.State.Health).Foo}}", "<no value>"},
    {"text only", "text only"},
    {"}} {{\"}}\"}} { { } }", "}} }} { { } }"},
    {"{{\"{{\"}}", "{{"},
    {"{{.Id}}{{.Id}}", "abcabc"},
    {"a\n{{.Id\n}}b", "a\nabcb"},
    {"a\n  {{- .Id -}}\n  b", "aabcb"},
    {"{{/* a\nb */}}x{{.Q.W.E.R}}", "x<no value>"},
};
// clang-format on

TEST(texts_fields_and_constants)
{
    check_rows(texts_fields_and_rows, N_ELEMENTS(texts_fields_and_rows), false);
}

// clang-format off
static const struct template_row if_with_and_rows[] = {
    {"{{if .T}}yes{{else}}no{{end}}", "yes"},
    {"{{if .E}}yes{{else}}no{{end}}", "no"},
    {"{{if .No}}a{{else if .T}}b{{else}}c{{end}}", "b"},
    {"{{if .No}}a{{else if .E}}b{{else if .F}}d{{else}}c{{end}}", "d"},
    {"{{range .Args}}[{{.}}]{{end}}", "[a][b c]"},
    {"{{range $i, $e := .Args}}{{$i}}={{$e}};{{end}}", "0=a;1=b c;"},
    {"{{range $e := .N}}{{$e}};{{end}}", "1;2;3;"},
    {"{{range $k, $v := .L}}{{$k}}={{$v}};{{end}}", "b=2;x=1;"},
    {"{{range .E}}x{{else}}none{{end}}", "none"},
    {"{{range .No}}x{{else}}none{{end}}", "none"},
    {"{{range .Ports}}{{.}}{{end}}", "<no value>[map[HostIp:0.0.0.0 HostPort:8080]]"},
    {"{{range 3}}{{.}}{{end}}", "012"},
    {"{{range $i := 3}}{{$i}}{{end}}", "012"},
    {"{{range 0}}a{{else}}b{{end}}", "b"},
    {"{{with .State}}{{.Status}}{{end}}", "running"},
    {"{{with .No}}a{{else}}b{{end}}", "b"},
    {"{{with .No}}a{{else with .State}}{{.Pid}}{{end}}", "42"},
    {"{{with $x := .State}}{{$x.Status}}{{$.Id}}{{end}}", "runningabc"},
    {"{{$x := .Id}}{{range .N}}{{$x = .}}{{end}}{{$x}}", "3"},
    {"{{define \"r\"}}{{.}}{{end}}{{range .N}}{{template \"r\" .}}{{end}}", "123"},
    {"{{with .State}}{{.Nope.Foo}}{{end}}", "<no value>"},
    {"{{range $k, $v := .Ports}}{{with $v}}{{range .}}{{.HostIp}}:{{.HostPort}}->{{$k}}{{end}}{{end}}{{end}}", "0.0.0.0:8080->80/tcp"},
    {"{{range .Args}}{{println .}}{{end}}", "a\nb c\n"},
    {"{{range $i, $a := .Args}}{{if $i}}, {{end}}{{$a}}{{end}}", "a, b c"},
    {"{{if true}}{{$x := 1}}{{$x}}{{end}}", "1"},
    {"{{$x := 1}}{{if true}}{{$x := 2}}{{end}}{{$x}}", "1"},
    {"{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2"},
    {"{{range $i, $_ := .N}}{{$i}}{{end}}", "012"},
};
// clang-format on

TEST(if_with_and_range)
{
    check_rows(if_with_and_rows, N_ELEMENTS(if_with_and_rows), false);
}

// clang-format off
static const struct template_row variables_and_templates_rows[] = {
    {"{{$x := 1}}{{$x}}{{$x = 2}}{{$x}}", "12"},
    {"{{$x := .State}}{{$x.Pid}}", "42"},
    {"{{define \"a\"}}<{{.}}>{{end}}{{template \"a\" .Id}}{{template \"a\"}}", "<abc><<no value>>"},
    {"{{block \"b\" .State}}{{.Status}}{{end}}", "running"},
    {"{{$}}", "map[Args:[a b c] Big:12345678 E:[] F:1.5 Id:abc L:map[b:2 x:1] M:map[] N:[1 2 3] Name:/web-1_a Ports:map[443/tcp:<nil> 80/tcp:[map[HostIp:0.0.0.0 HostPort:8080]]] State:map[Health:<nil> Pid:42 Status:running] T:true]"},
    {"{{$.Id}} {{$.State.Pid}}", "abc 42"},
    {"{{define \"x\"}} {{end}}{{define \"x\"}}b{{end}}{{template \"x\"}}", "b"},
    {"{{define \"x\"}}{{$}}{{end}}{{template \"x\" 5}}", "5"},
};
// clang-format on

TEST(variables_and_templates)
{
    check_rows(variables_and_templates_rows, N_ELEMENTS(variables_and_templates_rows), false);
}
