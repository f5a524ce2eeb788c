#pragma once

#include "actors/domain/journal_records.hpp"
#include "protocol/result.hpp"

#include <memory>
#include <string>
#include <vector>

namespace causeway {

class sqlite_connection;

/// Sessions and the stanzas on their way, in the database of the accounts.
/// Blocks; used by one thread at a time. Every error is a sentence for the
/// operator.
class journal_database {
 public:
  template <class T>
  using result = protocol::result<T, std::string>;

  /// `path` is a file that `account_database` has opened before.
  static result<std::shared_ptr<journal_database>> open(
    const std::string& path);
  /// Over a connection of the same thread.
  explicit journal_database(std::shared_ptr<sqlite_connection> connection);
  journal_database(const journal_database&) = delete;
  journal_database& operator=(const journal_database&) = delete;
  ~journal_database();

  /// Carries out all changes in order, in one transaction; returns an empty
  /// text, or why nothing was changed.
  std::string apply(const std::vector<const journal_change*>& changes);

  /// What earlier processes left.
  result<journal_contents> load();

 private:
  class changer;

  std::shared_ptr<sqlite_connection> connection_;
  std::unique_ptr<changer> changer_;
};

} // namespace causeway
