#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Wire conversations as tests; the format stands in tests/README.md.
namespace causeway::test {

/// One line of a transcript.
struct transcript_line {
  enum class kind {
    /// `C1: XML`: the client sends.
    client,
    /// `C1 raw: XML`: the same, without the implied namespace.
    raw_client,
    /// `S1: XML`: the server must send exactly this.
    server,
    /// `S1 nothing`: nothing more came.
    silence,
    /// `-- WORDS`: something happens, or must have happened.
    event,
  };
  kind what = kind::event;
  /// Number of the connection, from 1.
  unsigned connection = 1;
  std::string text;
  /// Line number in the file, from 1.
  unsigned number = 0;
};

/// Reads a transcript; throws std::runtime_error that names the line.
std::vector<transcript_line> parse_transcript(std::string_view text);

/// Values that `{name}` was bound to.
using bindings = std::map<std::string, std::string>;

/// Adds the namespace that stanzas may leave out in a transcript.
std::string with_namespace(std::string_view xml);

/// Puts bound values into a client's line.
std::string fill_in(std::string_view text, const bindings& bound);

/// Compares what the server sent with a line: names, namespaces, attributes in
/// any order, text, children. `{any}` matches any one text or value, and alone
/// in its line any element; `{name}` binds once and must match from then on.
/// Returns an empty text, or what differs.
std::string compare(
  std::string_view expected, std::string_view actual, bindings& bound);

} // namespace causeway::test
