/// Measured: Xerces allocates 164 KB for every parse; see parser_memory.hpp.
#include "protocol/parser_memory.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>

namespace causeway::protocol {

namespace {

constexpr std::size_t chunk_size = 64 * 1024;
constexpr std::size_t small_step = 16;
constexpr std::size_t largest_small = 1024;

} // namespace

parser_memory::parser_memory(std::size_t limit) : limit_{limit} {}

parser_memory::~parser_memory() {
  drop();
}

unsigned parser_memory::class_of(std::size_t size) {
  size = std::max<std::size_t>(size, 1);
  if (size <= largest_small)
    return static_cast<unsigned>((size - 1) / small_step);
  auto doublings = std::bit_width((size - 1) / largest_small);
  return small_classes + static_cast<unsigned>(doublings) - 1;
}

std::size_t parser_memory::class_size(unsigned size_class) {
  if (size_class < small_classes)
    return (size_class + 1) * small_step;
  return 2 * largest_small << (size_class - small_classes);
}

void* parser_memory::allocate(std::size_t size) {
  auto size_class = class_of(size);
  auto is_huge = size_class >= class_count;
  if (!is_huge)
    size = class_size(size_class);
  if (size > limit_ || in_use_ > limit_ - size)
    return nullptr;
  if (!is_huge && free_[size_class]) {
    auto block = free_[size_class];
    free_[size_class] = block->next;
    in_use_ += size;
    return block;
  }
  header* h = nullptr;
  if (is_huge) {
    h = static_cast<header*>(std::malloc(sizeof(header) + size));
    if (h)
      huge_.push_back(h);
  } else {
    h = carve(sizeof(header) + size);
  }
  if (!h)
    return nullptr;
  new (h) header{size, size_class};
  in_use_ += size;
  return h + 1;
}

parser_memory::header* parser_memory::carve(std::size_t size) {
  // A large block gets a chunk of its own and the current one stays.
  if (size > chunk_size / 4)
    return carve_chunk(size);
  if (static_cast<std::size_t>(end_ - pos_) < size) {
    auto chunk = carve_chunk(chunk_size);
    if (!chunk)
      return nullptr;
    pos_ = reinterpret_cast<std::byte*>(chunk);
    end_ = pos_ + chunk_size;
  }
  auto h = reinterpret_cast<header*>(pos_);
  pos_ += size;
  return h;
}

parser_memory::header* parser_memory::carve_chunk(std::size_t size) {
  auto chunk = std::malloc(size);
  if (chunk) {
    chunks_.push_back(chunk);
    reserved_ += size;
  }
  return static_cast<header*>(chunk);
}

void parser_memory::deallocate(void* block) {
  if (!block)
    return;
  auto h = static_cast<header*>(block) - 1;
  in_use_ -= h->size;
  if (h->size_class < class_count) {
    auto& first = free_[h->size_class];
    first = new (block) free_block{first};
    return;
  }
  std::erase(huge_, static_cast<void*>(h));
  std::free(h);
}

void parser_memory::drop() {
  for (auto x : chunks_)
    std::free(x);
  chunks_.clear();
  for (auto x : huge_)
    std::free(x);
  huge_.clear();
  free_.fill(nullptr);
  pos_ = end_ = nullptr;
  in_use_ = reserved_ = 0;
}

} // namespace causeway::protocol
