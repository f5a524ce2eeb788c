#pragma once

#include "actors/messages.hpp"
#include "protocol/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace causeway {

/// The last configurations that were in force, as files of their own: their
/// text behind one line that says how they came. For one thread at a time.
class config_history {
 public:
  /// `folder` is made with the first entry, for its owner only.
  explicit config_history(std::string folder, std::size_t most = 20)
    : folder_{std::move(folder)}, most_{most} {}

  /// Newest first. What cannot be read is left out.
  std::vector<history_entry> list() const;

  /// The text of one; the error says why there is none.
  protocol::result<std::string, std::string> read(
    std::uint64_t generation) const;

  /// Adds one and forgets the oldest beyond the bound. Returns what went
  /// wrong.
  std::string add(const history_entry& x, std::string_view text) const;

 private:
  std::string name_of(std::uint64_t generation) const;

  std::string folder_;
  std::size_t most_;
};

} // namespace causeway
