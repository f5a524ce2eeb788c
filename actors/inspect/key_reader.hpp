#pragma once

#include "actors/inspect/control_command.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Reading the keys of one command; part of control_command.cpp.
namespace causeway {

using command_result = protocol::result<control_command, command_error>;

inline command_error quoted(
  std::string_view before, std::string_view text, std::string_view after = {}) {
  std::string out{before};
  out += '"';
  out += text;
  out += '"';
  out += after;
  return {std::move(out)};
}

/// The keys of one command: takes them out one by one and remembers the first
/// error, so that a command is read top to bottom.
class key_reader {
 public:
  explicit key_reader(const boost::json::object& x) : object_{x} {}

  std::string text(std::string_view key) {
    auto* x = find(key);
    if (!x)
      return {};
    if (auto* str = x->if_string())
      return std::string{std::string_view{*str}};
    fail(quoted("", key, " must be a text"));
    return {};
  }

  std::uint64_t number(std::string_view key, std::uint64_t otherwise) {
    auto* x = find(key);
    if (!x)
      return otherwise;
    if (x->is_int64() && x->get_int64() >= 0)
      return static_cast<std::uint64_t>(x->get_int64());
    fail(quoted("", key, " must be a whole number, 0 or more"));
    return otherwise;
  }

  bool flag(std::string_view key, bool otherwise) {
    auto* x = find(key);
    if (!x)
      return otherwise;
    if (auto* value = x->if_bool())
      return *value;
    fail(quoted("", key, " must be true or false"));
    return otherwise;
  }

  bool has(std::string_view key) const { return object_.contains(key); }

  void fail(command_error reason) {
    if (error_.text.empty())
      error_ = std::move(reason);
  }

  /// The command if every key was good and none was left over.
  command_result finish(control_command x) {
    for (auto& entry : object_) {
      std::string_view key = entry.key();
      if (std::find(seen_.begin(), seen_.end(), key) == seen_.end())
        fail(quoted("unknown key ", key));
    }
    if (!error_.text.empty())
      return error_;
    return x;
  }

 private:
  const boost::json::value* find(std::string_view key) {
    seen_.push_back(key);
    return object_.if_contains(key);
  }

  const boost::json::object& object_;
  std::vector<std::string_view> seen_{"command"};
  command_error error_;
};

// inspection_commands.cpp
command_result read_sessions(key_reader& keys, std::uint64_t most);
command_result read_session(key_reader& keys);
command_result read_trace(key_reader& keys);

} // namespace causeway
