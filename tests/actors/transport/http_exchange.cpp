#define CAF_SUITE http_exchange

#include "actors/transport/http_exchange.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

} // namespace

CAF_TEST(an answer is complete and guarded) {
  auto text = to_bytes(text_reply(404, "gone"), false, true);
  CAF_CHECK(text.starts_with("HTTP/1.1 404 Not Found\r\n"));
  CAF_CHECK(text.ends_with("\r\n\r\ngone\n"));
  for (auto line :
    {"Content-Length: 5", "Cache-Control: no-store",
      "X-Content-Type-Options: nosniff", "X-Frame-Options: DENY",
      "Content-Security-Policy: default-src 'none'", "Connection: keep-alive"})
    if (!has(text, std::string{"\r\n"} + line))
      CAF_ERROR(line);
  CAF_CHECK(!has(text, "Access-Control"));
}

CAF_TEST(fields of an answer replace the usual ones) {
  auto reply = text_reply(200, "x");
  reply.fields.emplace_back("Cache-Control", "no-cache");
  auto text = to_bytes(reply, false, false);
  CAF_CHECK(has(text, "Cache-Control: no-cache\r\n"));
  CAF_CHECK(!has(text, "no-store"));
  CAF_CHECK(has(text, "Connection: close\r\n"));
}

CAF_TEST(HEAD and 304 have no body) {
  auto text = to_bytes(text_reply(200, "body"), true, true);
  CAF_CHECK(has(text, "Content-Length: 5\r\n"));
  CAF_CHECK(text.ends_with("\r\n\r\n"));
  text = to_bytes(text_reply(304, "body"), false, true);
  CAF_CHECK(text.ends_with("\r\n\r\n"));
  CAF_CHECK(!has(text, "Content-Length"));
}

CAF_TEST(every status that is used has a name) {
  for (auto x :
    {200, 304, 400, 401, 403, 404, 405, 413, 415, 421, 431, 503, 504})
    if (reason_phrase(static_cast<unsigned>(x)) == "Unknown")
      CAF_ERROR(x);
}
