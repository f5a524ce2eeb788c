#pragma once

#include "actors/domain/journal_records.hpp"
#include "actors/interfaces.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace causeway {

class journal_database;

/// What sessions and stanzas change on disk, in order, until the writer has
/// written it. Outlives the writer, so that the next one goes on where a dead
/// one stopped. Bounded by the read credit, the unacknowledged stanzas and the
/// sessions that the changes stand for. Every member may be called from any
/// thread, but `commit`.
class journal : public journal_rows,
                public std::enable_shared_from_this<journal> {
 public:
  /// `last` is the highest id in use.
  journal(std::shared_ptr<journal_database> database, journal_id last);
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;
  /// Writes what is left.
  ~journal() override;

  /// For a stanza that is not written yet.
  journal_row_ptr make_row();
  /// Of a stanza that an earlier process wrote.
  journal_row_ptr row(journal_id x);

  /// Gives the router a stanza of an earlier process.
  void release(
    const saved_stanza& x, const std::shared_ptr<return_address>& router);

  void write(journal_change x);
  /// `waiter` hears `journal_committed` with `number`, or a later one, when
  /// this and all before it is on disk.
  void write(
    journal_change x, const tracker_actor& waiter, std::uint64_t number);
  /// The same for several, which are on disk together or not at all.
  void write(std::vector<journal_change> x, const tracker_actor& waiter,
    std::uint64_t number);
  void erase(journal_id x) noexcept override;

  /// Who is told from now on that changes wait: once, until it takes them.
  void set_writer(const journal_writer_actor& x);
  /// For the writer: writes all that waits, in one transaction, and tells who
  /// waits for it. Returns an empty text, or why it was not written: it still
  /// waits then.
  std::string commit();
  /// Changes that are not on disk.
  std::size_t waiting() const;

 private:
  struct entry {
    journal_change change;
    caf::actor_addr waiter;
    std::uint64_t number = 0;
  };

  void add(entry x);
  void call_writer(std::unique_lock<std::mutex> guard);
  static void tell(const std::vector<entry>& written);

  std::shared_ptr<journal_database> database_;
  std::atomic<journal_id> last_;
  mutable std::mutex mutex_;
  caf::actor_addr writer_;
  bool told_ = false;
  std::vector<entry> waiting_;
  /// With the writer.
  std::vector<entry> taken_;
};

} // namespace causeway
