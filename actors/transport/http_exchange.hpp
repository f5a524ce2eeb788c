#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Requests and answers of the admin endpoint as values: the contract between
/// its sockets and what it serves.
namespace causeway {

/// A request whose head and body were within their bounds.
struct admin_request {
  std::string method;
  std::string target;
  /// Nothing unless the field is there exactly once.
  std::optional<std::string> host;
  std::optional<std::string> authorization;
  std::optional<std::string> origin;
  std::string content_type;
  std::string if_none_match;
  std::string body;
  /// Address of the client.
  std::string peer;
};

struct admin_reply {
  unsigned status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
  /// Further header fields.
  std::vector<std::pair<std::string_view, std::string>> fields;
};

/// Takes the one answer, from any thread. Dropped without one, the client gets
/// a 503.
using admin_responder = std::function<void(admin_reply)>;

/// Called on an io thread, which it must not block.
using admin_handler = std::function<void(admin_request, admin_responder)>;

/// "Not Found" for 404.
std::string_view reason_phrase(unsigned status);

/// A line of text.
admin_reply text_reply(unsigned status, std::string_view text);

/// The bytes of an answer; without its body for HEAD.
std::string to_bytes(const admin_reply& reply, bool head, bool keep_alive);

} // namespace causeway
