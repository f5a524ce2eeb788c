#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace causeway {

/// Names one stanza in the journal, and its place in the order of all.
using journal_id = std::int64_t;

/// Deletes rows of the journal.
class journal_rows {
 public:
  virtual ~journal_rows() = default;
  /// May be called from any thread.
  virtual void erase(journal_id x) noexcept = 0;
};

/// The row that keeps a stanza on disk. It goes with the responsibility for
/// the stanza, and is deleted when that ends; dropped without `done`, it stays,
/// and the next process goes on with the stanza. Copies of a stanza share it:
/// the first one that is done, or kept anew, decides.
class journal_row {
 public:
  journal_row(std::shared_ptr<journal_rows> rows, journal_id id)
    : rows_{std::move(rows)}, id_{id} {}
  journal_row(const journal_row&) = delete;
  journal_row& operator=(const journal_row&) = delete;

  journal_id id() const { return id_; }

  /// For the one who writes the row anew; null if another was first.
  std::shared_ptr<journal_row> claim() {
    if (taken_.exchange(true))
      return nullptr;
    return std::make_shared<journal_row>(rows_, id_);
  }

  /// Nobody needs the stanza any more. May be called from any thread.
  void done() noexcept {
    if (!taken_.exchange(true))
      rows_->erase(id_);
  }

 private:
  std::shared_ptr<journal_rows> rows_;
  journal_id id_;
  std::atomic<bool> taken_{false};
};

using journal_row_ptr = std::shared_ptr<journal_row>;

} // namespace causeway
