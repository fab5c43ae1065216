// SPDX-License-Identifier: Apache-2.0
// functions_test.c — what the functions give.
//
// What is expected was said by Go 1.26's text/template with docker's functions.
#include "base/mem.h"
#include "template/rows_test.h"

// clang-format off
static const struct template_row dockers_functions_rows[] = {
    {"{{json .}}", "{\"Args\":[\"a\",\"b c\"],\"Big\":12345678,\"E\":[],\"F\":1.5,\"Id\":\"abc\",\"L\":{\"b\":\"2\",\"x\":\"1\"},\"M\":{},\"N\":[1,2,3],\"Name\":\"/web-1_a\",\"Ports\":{\"443/tcp\":null,\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"}]},\"State\":{\"Health\":null,\"Pid\":42,\"Status\":\"running\"},\"T\":true}"},
    {"{{json .State}} {{json .Id}} {{json .No}} {{json .F}} {{json .Args}}", "{\"Health\":null,\"Pid\":42,\"Status\":\"running\"} \"abc\" null 1.5 [\"a\",\"b c\"]"},
    {"{{join .Args \",\"}} {{join .N \"-\"}} {{join .L \":\"}} {{join .E \",\"}} {{join .No \",\"}}", "a,b c 1-2-3 1:2  "},
    {"{{split \"a,b,c\" \",\"}} {{index (split \"a,b\" \",\") 1}} {{split \"abc\" \"\"}} {{split \"\" \",\"}} {{len (split \"\" \"\")}} {{split \"a\" \"xx\"}}", "[a b c] b [a b c] [] 0 [a]"},
    {"{{title \"hello wOrld foo-bar x_y 1a\"}} {{upper \"abC\"}} {{lower \"ABc\"}}", "Hello WOrld Foo-Bar X_y 1a ABC abc"},
    {"{{pad \"x\" 1 2}}|{{pad \"\" 1 2}}|", " x  ||"},
    {"{{truncate \"abcdef\" 3}} {{truncate \"ab\" 3}} {{truncate \"\" 0}}", "abc ab "},
    {"{{slice .Name 1}} {{(slice .Name 1) | upper}}", "web-1_a WEB-1_A"},
    {"{{json .Ports}} {{json (index .Ports \"80/tcp\")}}", "{\"443/tcp\":null,\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"}]} [{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"}]"},
    {"{{.Args | json | len}}", "11"},
    {"{{json 1.0}} {{json 1e30}} {{json 1e-9}} {{json 0.1}} {{json true}} {{json nil}}", "1 1e+30 1e-9 0.1 true null"},
};
// clang-format on

TEST(dockers_functions)
{
    check_rows(dockers_functions_rows, N_ELEMENTS(dockers_functions_rows), false);
}

// clang-format off
static const struct template_row gos_functions_on_rows[] = {
    {"{{range $p, $c := .Ports}}{{$p}} -> {{if $c}}{{(index $c 0).HostPort}}{{else}}-{{end}} {{end}}", "443/tcp -> - 80/tcp -> 8080 "},
    {"{{index .Args 0}} {{index .Args 1}}", "a b c"},
    {"{{index .L \"x\"}}{{index .L \"nope\"}}", "1<no value>"},
    {"{{index (index .Ports \"80/tcp\") 0}}", "map[HostIp:0.0.0.0 HostPort:8080]"},
    {"{{(index (index .Ports \"80/tcp\") 0).HostPort}}", "8080"},
    {"{{index .Ports \"80/tcp\" 0 \"HostPort\"}}", "8080"},
    {"{{index .Id 0}}", "97"},
    {"{{len .Args}} {{len .L}} {{len .Id}} {{len .E}}", "2 2 3 0"},
    {"{{slice .Id 1}} {{slice .Id 1 2}} {{slice .N 1}} {{slice .N 0 2}} {{slice .Id}}", "bc b [2 3] [1 2] abc"},
    {"{{slice .N 0 1 2}}", "[1]"},
    {"{{html \"<a href='x'>&\\\"</a>\"}} {{html 1 2}} {{html .No}}", "&lt;a href=&#39;x&#39;&gt;&amp;&#34;&lt;/a&gt; 1 2 &lt;no value&gt;"},
    {"{{js \"it's <b> \\\"q\\\" \\\\ = & \\n\"}}", "it\\'s \\u003Cb\\u003E \\\"q\\\" \\\\ \\u003D \\u0026 \\u000A"},
    {"{{urlquery \"a b&c=d/é?~\"}}", "a+b%26c%3Dd%2F%C3%A9%3F~"},
};
// clang-format on

TEST(gos_functions_on_values)
{
    check_rows(gos_functions_on_rows, N_ELEMENTS(gos_functions_on_rows), false);
}

// clang-format off
static const struct template_row comparing_and_deciding_rows[] = {
    {"{{range .N}}{{if eq . 2}}{{continue}}{{end}}{{.}}{{end}}", "13"},
    {"{{range .N}}{{if eq . 2}}{{break}}{{end}}{{.}}{{end}}", "1"},
    {"{{eq 1 1}} {{lt 1 2}} {{le 2 2}} {{gt 3 2}} {{ge 2 3}} {{lt \"a\" \"b\"}} {{lt 1.5 2.5}}", "true true true true false true true"},
    {"{{eq .State.Pid 42}} {{gt .State.Pid 41}}", "true true"},
    {"{{eq .No nil}} {{eq nil .No}}", "true true"},
    {"{{eq .No .No}}", "true"},
    {"{{eq .State.Health nil}} {{ne .Id nil}}", "true true"},
    {"{{eq .No \"x\"}}", "false"},
    {"{{and .T .Id}} {{and .E .Id}} {{or .E .Id}} {{or .E .No}} {{not .T}} {{not .E}}", "abc [] abc <no value> false true"},
    {"{{and .T}}", "true"},
    {"{{or .No .E \"last\"}}", "last"},
    {"{{and false (index .Args 9)}}", "false"},
    {"{{or true (index .Args 9)}}", "true"},
    {"{{.T | and .Id}}", "true"},
    {"{{if eq .State.Status \"running\"}}up{{end}}", "up"},
    {"{{if and .T (eq .Id \"abc\")}}both{{end}}", "both"},
    {"{{if not (and .T .E)}}ok{{end}}", "ok"},
    {"{{range $x := .N}}{{range $y := $.N}}{{if eq $x $y}}{{break}}{{end}}{{$y}}{{end}};{{end}}", ";1;12;"},
};
// clang-format on

TEST(comparing_and_deciding)
{
    check_rows(comparing_and_deciding_rows, N_ELEMENTS(comparing_and_deciding_rows), false);
}

// clang-format off
static const struct template_row values_are_printed_rows[] = {
    {"{{print .Id 1 2 \"x\" 3 4}} {{print 1 2}} {{print nil}} {{print .No}} {{print \"a\" \"b\"}}", "abc1 2x3 4 1 2 <nil> <nil> ab"},
    {"{{println .Id 1 2 \"x\"}}", "abc 1 2 x\n"},
    {"{{printf \"%s-%d\" .Id .State.Pid}}", "abc-42"},
    {"{{printf \"%v %v %v %v %v\" .Id .Args .L .F .T}}", "abc [a b c] map[b:2 x:1] 1.5 true"},
    {"{{printf \"%q %q %x %X\" .Id .Args .Id .Id}}", "\"abc\" [\"a\" \"b c\"] 616263 616263"},
    {"{{printf \"%5d|%-5d|%05d|%+d|% d\" 42 42 42 42 42}}", "   42|42   |00042|+42| 42"},
    {"{{printf \"%5s|%-5s|%.2s|%5.1s|%05s\" \"abc\" \"abc\" \"abc\" \"abc\" \"abc\"}}", "  abc|abc  |ab|    a|00abc"},
    {"{{printf \"%t %5t\" .T .T}}", "true  true"},
    {"{{printf \"%x %X %#x %o %#o %O %b %#b %c %U %#q\" 255 255 255 8 8 8 5 5 65 65 65}}", "ff FF 0xff 10 010 0o10 101 0b101 A U+0041 'A'"},
    {"{{printf \"%f %.2f %e %g %8.3f|%-8.1f|%08.2f %+f\" 1.5 1.5 1.5 1.5 1.5 1.5 1.5 1.5}}", "1.500000 1.50 1.500000e+00 1.5    1.500|1.5     |00001.50 +1.500000"},
    {"{{printf \"%g %g %g %g %v %v\" 1000000.0 100000.0 1e21 1e-5 1e20 123456789.0}}", "1e+06 100000 1e+21 1e-05 1e+20 1.23456789e+08"},
    {"{{printf \"%G %E %.3g %10.3e|\" 1e-7 1.5 1234567.0 1234.5}}", "1E-07 1.500000E+00 1.23e+06  1.234e+03|"},
    {"{{printf \"%d\" \"x\"}} {{printf \"%s\" 1}} {{printf \"%s\" nil}} {{printf \"%d\" .Args}} {{printf \"%!\"}} {{printf \"%z\" 1}}", "%!d(string=x) %!s(int=1) %!s(<nil>) [%!d(string=a) %!d(string=b c)] %!!(MISSING) %!z(int=1)"},
    {"{{printf \"%d\"}} {{printf \"%d %d\" 1}} {{printf \"x\" 1 \"a\" nil}} {{printf \"%\"}} {{printf \"%%\"}} {{printf \"%5%\"}}", "%!d(MISSING) 1 %!d(MISSING) x%!(EXTRA int=1, string=a, <nil>) %!(NOVERB) % %"},
    {"{{printf \"%[2]d %[1]d\" 1 2}} {{printf \"%[3]d\" 1}} {{printf \"%[x]d\" 1}} {{printf \"%*d|%-*d|\" 5 1 5 2}} {{printf \"%.*f\" 2 3.14159}}", "2 1 %!d(BADINDEX) %!d(BADINDEX)     1|2    | 3.14"},
    {"{{printf \"%T %T %T %T %T\" 1 \"a\" 1.5 true nil}}", "int string float64 bool <nil>"},
    {"{{printf \"%v %+v %#v\" .State .State .Id}}", "map[Health:<nil> Pid:42 Status:running] map[Health:<nil> Pid:42 Status:running] \"abc\""},
    {"{{printf \"%#v %#v %#v\" 1 1.5 true}}", "1 1.5 true"},
    {"{{printf \"%s %v\" .State .N}}", "map[Health:<nil> Pid:%!s(int=42) Status:running] [1 2 3]"},
    {"{{printf \"%s\" .T}}", "%!s(bool=true)"},
    {"{{printf \"%6.2f%%\" 12.345}}", " 12.35%"},
    {"{{printf \"%v\" .State.Health}} {{printf \"%s\" .State.Health}} {{printf \"%v\" .No}}", "<nil> %!s(<nil>) <nil>"},
    {"{{\"abc\" | printf \"%s-%s\" \"x\"}}", "x-abc"},
    {"{{.Id | len | printf \"%03d\"}}", "003"},
    {"{{.Id | printf \"%s %s\" .State.Status | upper}}", "RUNNING ABC"},
    {"{{print (len .Args) \" args\"}}", "2 args"},
};
// clang-format on

TEST(values_are_printed_as_gos_fmt_does)
{
    check_rows(values_are_printed_rows, N_ELEMENTS(values_are_printed_rows), false);
}
