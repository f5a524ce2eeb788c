#pragma once

#include "actors/domain/journal.hpp"
#include "actors/inspect/vitals.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace causeway {

/// How long a writer waits after the disk has refused to write.
inline constexpr std::chrono::seconds journal_pause{1};

struct journal_writer_state {
  static inline const char* name = "journal_writer";
  explicit journal_writer_state(journal_writer_actor::pointer self)
    : self{self} {}

  void commit();
  actor_snapshot snapshot();

  journal_writer_actor::pointer self;
  std::shared_ptr<causeway::journal> journal;
  std::uint64_t transactions = 0;
  /// The disk has refused, and is asked again after a pause.
  bool pausing = false;
  vitals life;
};

/// Writes the journal: all that has gathered, in one transaction. Spawn it
/// detached: it waits for the disk.
journal_writer_actor::behavior_type journal_writer(
  journal_writer_actor::stateful_pointer<journal_writer_state> self,
  std::shared_ptr<journal> journal);

} // namespace causeway
