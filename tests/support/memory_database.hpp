#pragma once

#include "actors/domain/account_database.hpp"
#include "actors/domain/offline_database.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace causeway::test {

/// A database in memory with the accounts juliet and romeo of localhost.
inline std::shared_ptr<account_database> make_accounts() {
  auto x = account_database::open(
    ":memory:", [](std::size_t n) { return std::string(n, 'x'); });
  for (auto name : {"juliet", "romeo"})
    (*x)->add(name, "localhost", {});
  return *x;
}

/// A store in memory that knows these accounts.
inline std::shared_ptr<offline_database> make_offline_database(
  offline_limits limits = max_offline) {
  return std::make_shared<offline_database>(
    make_accounts()->connection(), limits);
}

} // namespace causeway::test
