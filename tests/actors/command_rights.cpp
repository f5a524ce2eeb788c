#define CAF_SUITE command_rights

#include "actors/inspect/command_rights.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway;

namespace {

bool looks(std::string_view json) {
  return permits(control_role::read_only, scope_of(json));
}

} // namespace

CAF_TEST(commands that only look are for everybody) {
  for (auto line :
    {R"({"command":"version"})", R"({"command":"status"})",
      R"({"command":"actors","kind":"session","depth":3})",
      R"({"command":"sessions","limit":10})", R"({"command":"session","id":1})",
      R"({"command":"session","id":1,"verb":"show"})",
      R"({"command":"metrics"})", R"({"command":"health"})",
      R"({"command":"log","after":7})", R"({"command":"log_level"})",
      R"({"command":"config","verb":"show"})",
      R"({"command":"account","verb":"list"})"})
    if (!looks(line))
      CAF_ERROR(line);
}

CAF_TEST(all others are for administrators) {
  for (auto line : {R"({"command":"account","verb":"add","jid":"a@b"})",
         R"({"command":"account"})", R"({"command":"kill","id":1})",
         R"({"command":"log_level","level":"debug"})",
         R"({"command":"config","verb":"reload"})",
         R"({"command":"config","verb":"check","file":"/etc/shadow"})",
         R"({"command":"session","id":1,"verb":"kick"})",
         R"({"command":"session","id":1,"verb":"trace"})",
         R"({"command":"sessions","verb":"show"})", R"({"command":"trace"})",
         R"({"command":"what comes one day"})", R"({"command":"Status"})"}) {
    if (looks(line))
      CAF_ERROR(line);
    CAF_CHECK(permits(control_role::admin, scope_of(line)));
  }
}

CAF_TEST(what is no command asks for nothing) {
  for (auto line : {R"({"command":7})", "{}", "[]", "nonsense", ""}) {
    CAF_CHECK(looks(line));
    CAF_CHECK_EQUAL(scope_of(line).text, "");
  }
}

CAF_TEST(no value hides what was done) {
  auto line = R"({"text":")" + std::string(300, 'x')
              + R"(","id":7,"jid":"a b=c","verb":"kick","command":"session"})";
  auto text = scope_of(line).text;
  CAF_CHECK(text.starts_with(R"(session verb=kick id=7 jid="a b=c" text=xx)"));
  CAF_CHECK_LESS(text.size(), 200u);
  CAF_CHECK(text.ends_with("x..."));
}

CAF_TEST(the audit log names what was asked for but no secret) {
  auto text = [](std::string_view line) { return scope_of(line).text; };
  CAF_CHECK_EQUAL(
    text(R"({"command":"account","verb":"add","jid":"a@b","password":"hush"})"),
    "account verb=add jid=a@b");
  CAF_CHECK_EQUAL(text(R"({"command":"kill","id":17})"), "kill id=17");
  // Not in a key that nobody knows, either.
  CAF_CHECK_EQUAL(
    text(R"({"command":"account","verb":"passwd","pasword":"x"})"),
    "account verb=passwd");
  CAF_CHECK_EQUAL(text("[]"), "");
}
