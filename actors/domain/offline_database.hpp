#pragma once

#include "protocol/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace causeway {

class sqlite_connection;

/// Most of what may be, counted as messages and as bytes of their stanzas.
struct offline_limits {
  std::size_t messages = 0;
  std::size_t bytes = 0;
};

/// What is kept for one account.
inline constexpr offline_limits max_offline{1'000, 4 * 1024 * 1024};

/// Names one stored message; never used again.
using offline_id = std::int64_t;

/// Messages for accounts that are offline, in the database of the accounts.
/// Blocks; used by one thread at a time. Every error is a sentence for the
/// operator.
class offline_database {
 public:
  template <class T>
  using result = protocol::result<T, std::string>;
  using time_point = std::chrono::system_clock::time_point;

  /// `account` is a bare JID, `stamp` is kept to the millisecond.
  struct message {
    std::string_view account;
    time_point stamp;
    std::string_view bytes;
    /// Deleted from the journal at the same time, if it is stored; 0: none.
    std::int64_t journal = 0;
  };
  enum class outcome : std::uint8_t { stored, no_such_account, full };

  struct stored_message {
    offline_id id = 0;
    time_point stamp;
    std::string bytes;
  };
  /// `complete` if there is nothing more to be had.
  struct page {
    std::vector<stored_message> messages;
    bool complete = true;
  };

  /// `path` is a file that `account_database` has opened before.
  static result<std::shared_ptr<offline_database>> open(
    const std::string& path, offline_limits limits = max_offline);
  /// Over a connection of the same thread.
  explicit offline_database(std::shared_ptr<sqlite_connection> connection,
    offline_limits limits = max_offline);

  offline_database(const offline_database&) = delete;
  offline_database& operator=(const offline_database&) = delete;
  ~offline_database();

  /// Deletes `done`, then stores `added`, in one transaction: all of it, or
  /// nothing on an error. Tells what became of each.
  result<std::vector<outcome>> write(
    const std::vector<message>& added, const std::vector<offline_id>& done);

  /// The oldest messages of an account for which `skip` is false; at least one
  /// if there is one, even if it alone exceeds `most`.
  result<page> oldest(std::string_view account, offline_limits most,
    const std::function<bool(offline_id)>& skip);

  /// The number of messages of all accounts.
  result<std::uint64_t> count();

 private:
  std::shared_ptr<sqlite_connection> connection_;
  offline_limits limits_;
};

} // namespace causeway
