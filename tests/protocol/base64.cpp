#define CAF_SUITE base64

#include "protocol/base64.hpp"

#include <caf/test/dsl.hpp>

#include <random>
#include <string>
#include <utility>

using namespace causeway::protocol;

CAF_TEST(the vectors of RFC 4648 section 10 hold both ways) {
  std::pair<std::string, std::string> vectors[] = {{"", ""}, {"f", "Zg=="},
    {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (auto& [plain, coded] : vectors) {
    CAF_CHECK_EQUAL(to_base64(plain), coded);
    CAF_CHECK(from_base64(coded) == plain);
  }
}

CAF_TEST(any bytes come back) {
  std::mt19937 random{1};
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (auto& c : bytes)
      c = static_cast<char>(random());
    CAF_CHECK(from_base64(to_base64(bytes)) == bytes);
  }
}

CAF_TEST(what is not strict base64 is refused) {
  for (auto text :
    {"Z", "Zg", "Zg=", "Zg===", "=", "====", "=Zg=", "Z===", "Zg==Zg==", "Zm9 ",
      "Zm9v\n", " Zm9", "Zm-v", "Zm_v", "Zm9v====", "Z=g="})
    CAF_CHECK(!from_base64(text));
}

CAF_TEST(bits that belong to no byte must be zero) {
  CAF_CHECK(!from_base64("Zh=="));
  CAF_CHECK(!from_base64("Zm9="));
}

CAF_TEST(a byte of the upper half is no digit) {
  CAF_CHECK(!from_base64("Zm9\xc3"));
  CAF_CHECK(!from_base64(std::string("Zm9\0", 4)));
}

CAF_TEST(the alphabet for addresses has no padding) {
  std::pair<std::string, std::string> vectors[] = {{"", ""}, {"f", "Zg"},
    {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"},
    {"\xfb\xff\xfe", "-__-"}};
  for (auto& [plain, coded] : vectors) {
    CAF_CHECK_EQUAL(to_base64url(plain), coded);
    CAF_CHECK(from_base64url(coded) == plain);
  }
}

CAF_TEST(any bytes come back from the alphabet for addresses) {
  std::mt19937 random{1};
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (auto& c : bytes)
      c = static_cast<char>(random());
    CAF_CHECK(from_base64url(to_base64url(bytes)) == bytes);
  }
}

CAF_TEST(what is not strict base64 for addresses is refused) {
  for (auto text : {"Z", "Zm9vZ", "Zg==", "Zm8=", "Zm+v", "Zm/v", "Zm 8",
         "Zm8\n", "Zh", "Zm9"})
    CAF_CHECK(!from_base64url(text));
  CAF_CHECK(!from_base64url(std::string("Zm9\0", 4)));
}
