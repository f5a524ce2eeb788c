#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace causeway::protocol {

/// Memory of one parser: blocks by size class out of large chunks, reused and
/// at the end dropped as a whole. A parser built in it costs microseconds, a
/// parse no malloc. For one thread at a time.
class parser_memory {
 public:
  /// `limit`: bytes in use at most.
  explicit parser_memory(std::size_t limit);
  ~parser_memory();

  parser_memory(const parser_memory&) = delete;
  parser_memory& operator=(const parser_memory&) = delete;

  /// A block for `size` bytes, or nullptr beyond the limit.
  void* allocate(std::size_t size);
  /// Returns a block, or nothing for nullptr.
  void deallocate(void* block);
  /// Forgets all blocks. No destructor runs: for objects that own nothing
  /// outside of this memory.
  void drop();

  std::size_t in_use() const { return in_use_; }
  /// Bytes taken from the system for blocks of a size class.
  std::size_t reserved() const { return reserved_; }

 private:
  // Classes: 16 to 1024 bytes in steps of 16, then 2 KiB to 512 KiB doubling.
  static constexpr unsigned small_classes = 64;
  static constexpr unsigned class_count = small_classes + 9;

  struct alignas(16) header {
    std::size_t size;
    unsigned size_class;
  };
  struct free_block {
    free_block* next;
  };

  static unsigned class_of(std::size_t size);
  static std::size_t class_size(unsigned size_class);
  header* carve(std::size_t size);
  header* carve_chunk(std::size_t size);

  std::size_t limit_;
  std::size_t in_use_ = 0;
  std::size_t reserved_ = 0;
  std::byte* pos_ = nullptr;
  std::byte* end_ = nullptr;
  std::array<free_block*, class_count> free_{};
  std::vector<void*> chunks_;
  // Blocks beyond the largest class; the limit keeps them few.
  std::vector<void*> huge_;
};

} // namespace causeway::protocol
