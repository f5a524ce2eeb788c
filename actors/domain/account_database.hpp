#pragma once

#include "protocol/result.hpp"
#include "protocol/scram.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace causeway {

class sqlite_connection;

/// Returns so many unpredictable raw bytes.
using random_source = std::function<std::string(std::size_t)>;

/// One account's SCRAM keys, by `scram_hash`.
using account_keys = std::array<protocol::scram_credentials, 3>;

/// Accounts in one SQLite file. Blocks; used by one thread at a time. Every
/// error is a sentence for the operator.
class account_database {
 public:
  template <class T>
  using result = protocol::result<T, std::string>;

  /// Opens or makes the file (mode 0600) in a folder that exists. A new one
  /// gets a server secret from `random`. The schema is that of everything that
  /// the server keeps.
  static result<std::shared_ptr<account_database>> open(
    const std::string& path, const random_source& random);

  account_database(const account_database&) = delete;
  account_database& operator=(const account_database&) = delete;
  ~account_database();

  /// False if the account exists.
  result<bool> add(const std::string& local, const std::string& domain,
    const account_keys& keys);
  /// Replaces the keys; false if there is no such account.
  result<bool> set_keys(const std::string& local, const std::string& domain,
    const account_keys& keys);
  /// False if there is no such account.
  result<bool> remove(const std::string& local, const std::string& domain);
  /// The keys of an account, nullopt if there is none.
  result<std::optional<protocol::scram_credentials>> find(
    const std::string& local, const std::string& domain,
    protocol::scram_hash hash);
  /// The SCRAM iteration counts that keys of a domain were ever made with, in
  /// no order; none if it never had an account.
  result<std::vector<std::uint32_t>> iteration_counts(
    const std::string& domain);
  /// The number of accounts in all domains.
  result<std::uint64_t> count();
  /// Bare JIDs, sorted; of all domains if `domain` is empty.
  result<std::vector<std::string>> list(const std::string& domain);

  /// Random bytes made with the file: keys the made-up credentials.
  const std::string& server_secret() const { return secret_; }

  /// For others who use the database on the same thread.
  const std::shared_ptr<sqlite_connection>& connection() const {
    return connection_;
  }

 private:
  explicit account_database(std::shared_ptr<sqlite_connection> x);

  /// The reason if it fails.
  std::string prepare(const random_source& random);
  bool write_keys(const std::string& local, const std::string& domain,
    const account_keys& keys);

  std::shared_ptr<sqlite_connection> connection_;
  std::string secret_;
};

} // namespace causeway
