#pragma once

#include "actors/messages.hpp"

#include <string>
#include <string_view>

/// Who may give which command, and what the audit log says of it.
namespace causeway {

/// What a line of JSON asks for, as far as rights go.
struct command_scope {
  /// True unless the command is known to only look: one that nobody thought of
  /// here is for administrators.
  bool changes = true;
  /// The command in a line for the audit log, without what is secret.
  std::string text;
};

/// What names no command asks for nothing.
command_scope scope_of(std::string_view json);

/// Whether somebody in this role may give the command.
inline bool permits(control_role role, const command_scope& x) {
  return role == control_role::admin || !x.changes;
}

/// "read-only", "admin".
std::string_view to_string(control_role x);

} // namespace causeway
