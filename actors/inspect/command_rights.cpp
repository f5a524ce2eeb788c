#include "actors/inspect/command_rights.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace causeway {

namespace {

namespace json = boost::json;

// Those that change nothing, whatever their keys.
constexpr std::array<std::string_view, 10> looking{"version", "status",
  "actors", "actor", "sessions", "session", "top", "metrics", "health", "log"};

// The same with these verbs.
struct looking_verb {
  std::string_view command;
  std::string_view verb;
};
constexpr looking_verb looking_verbs[] = {
  {"account", "list"},
  {"config", "check"},
  {"config", "history"},
  {"config", "show"},
  {"session", "show"},
};

/// What the audit log tells of a command, in this order: what was done and to
/// whom stands first, whatever the caller put there. All others, which may hold
/// a password, are left out.
constexpr std::string_view told_keys[] = {"verb", "id", "session", "jid", "ip",
  "domain", "kind", "component", "level", "generation", "on", "bodies",
  "seconds", "bytes", "limit", "depth", "actors", "file", "text"};

/// Bytes of one of these.
constexpr std::size_t most_of_told = 96;

std::string_view text_of(const json::object& x, std::string_view key) {
  auto* value = x.if_contains(key);
  auto* text = value ? value->if_string() : nullptr;
  return text ? std::string_view{*text} : std::string_view{};
}

bool only_looks(const json::object& x) {
  auto command = text_of(x, "command");
  // `session` has verbs that do something to it.
  if (std::ranges::find(looking, command) != looking.end()
      && !x.contains("verb") && !x.contains("action"))
    return true;
  // Without a level it only tells those in force.
  if (command == "log_level")
    return text_of(x, "level").empty();
  // A file of the server that the caller chose says what is in it.
  if (command == "config" && x.contains("file"))
    return false;
  return std::ranges::any_of(looking_verbs, [&](auto& y) {
    return y.command == command && y.verb == text_of(x, "verb");
  });
}

// No value can be taken for two, nor push out the next.
std::string shown_value(std::string_view value) {
  std::string text{value.substr(0, most_of_told)};
  if (text.size() < value.size())
    text += "...";
  auto is_odd = [](
                  unsigned char c) { return c <= ' ' || c == '"' || c == '='; };
  return text.empty() || std::ranges::any_of(text, is_odd)
           ? json::serialize(json::string{text})
           : text;
}

// "account verb=add jid=romeo@localhost"
std::string describe(const json::object& x) {
  auto out = shown_value(text_of(x, "command"));
  for (auto key : told_keys) {
    auto* value = x.if_contains(key);
    if (!value)
      continue;
    auto* text = value->if_string();
    out += ' ';
    out += key;
    out += '=';
    out += shown_value(text ? std::string{*text} : json::serialize(*value));
  }
  return out;
}

} // namespace

command_scope scope_of(std::string_view line) {
  json::error_code failure;
  auto value = json::parse(line, failure);
  auto* object = failure ? nullptr : value.if_object();
  if (!object || text_of(*object, "command").empty())
    return {false, {}};
  return {!only_looks(*object), describe(*object)};
}

std::string_view to_string(control_role x) {
  switch (x) {
  case control_role::read_only: return "read-only";
  case control_role::admin: return "admin";
  }
  return "unknown";
}

} // namespace causeway
