// SPDX-License-Identifier: Apache-2.0
// raw_test.c — a JSON document with missingkey=error, as docker falls back to.
//
// What is expected was said by Go 1.26's text/template with docker's functions.
#include "base/mem.h"
#include "template/rows_test.h"

// clang-format off
static const struct template_row a_raw_document_rows[] = {
    {"{{.Id}} {{.State.Pid}} {{.F}} {{.Big}}", "abc 42 1.5 12345678"},
    {"{{.No}}", "template: :1:2: executing \"\" at <.No>: map has no entry for key \"No\""},
    {"{{.No.Such}}", "template: :1:5: executing \"\" at <.No.Such>: map has no entry for key \"No\""},
    {"{{.State.Health}}", "<no value>"},
    {"{{.State.Health.Status}}", "template: :1:8: executing \"\" at <.State.Health.Status>: nil pointer evaluating interface {}.Status"},
    {"{{.State.Nope.Foo}}", "template: :1:8: executing \"\" at <.State.Nope.Foo>: map has no entry for key \"Nope\""},
    {"{{.id}}", "template: :1:2: executing \"\" at <.id>: map has no entry for key \"id\""},
    {"{{eq .State.Pid 42}}", "template: :1:2: executing \"\" at <eq .State.Pid 42>: error calling eq: incompatible types for comparison: json.Number and int"},
    {"{{eq .State.Pid \"42\"}}", "true"},
    {"{{json .State}}", "{\"Health\":null,\"Pid\":42,\"Status\":\"running\"}"},
    {"{{printf \"%d\" .State.Pid}} {{printf \"%s\" .State.Pid}} {{printf \"%T\" .State.Pid}}", "%!d(json.Number=42) 42 json.Number"},
    {"{{index .L \"nope\"}}", "<no value>"},
    {"{{with .No}}{{end}}", "template: :1:7: executing \"\" at <.No>: map has no entry for key \"No\""},
    {"{{len .State.Pid}}", "2"},
    {"{{.N}} {{join .N \",\"}}", "[1 2 3] 1,2,3"},
    {"{{upper .State.Pid}}", "template: :1:14: executing \"\" at <.State.Pid>: wrong type for value; expected string; got json.Number"},
    {"{{index .Args .State.Pid}}", "template: :1:2: executing \"\" at <index .Args .State.Pid>: error calling index: cannot index slice/array with type json.Number"},
    {"{{print .State.Pid .F \"x\"}}", "421.5x"},
    {"{{(.State.Health).Foo}}", "template: :1:9: executing \"\" at <.State.Health>: nil data; no entry for key \"Foo\""},
    {"{{range $k, $v := .L}}{{$k}}{{$v.x}}{{end}}", "template: :1:32: executing \"\" at <$v.x>: can't evaluate field x in type interface {}"},
    {"{{lt .State.Pid \"5\"}}", "true"},
};
// clang-format on

TEST(a_raw_document_is_strict_about_keys_and_keeps_numbers_as_texts)
{
    check_rows(a_raw_document_rows, N_ELEMENTS(a_raw_document_rows), true);
}
