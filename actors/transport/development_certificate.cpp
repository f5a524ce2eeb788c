#include "actors/transport/development_certificate.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace causeway {

namespace {

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using file_ptr = std::unique_ptr<FILE, decltype(&std::fclose)>;

constexpr long seconds_per_day = 24 * 60 * 60;
constexpr long valid_days = 365;

/// A certificate this close to its end is replaced.
constexpr long renew_days = 7;

certificate_ptr read_certificate(const std::string& file) {
  file_ptr in{std::fopen(file.c_str(), "re"), &std::fclose};
  if (!in)
    return {nullptr, &X509_free};
  return {PEM_read_X509(in.get(), nullptr, nullptr, nullptr), &X509_free};
}

bool usable(const std::string& file, const std::vector<std::string>& domains) {
  auto certificate = read_certificate(file);
  if (!certificate)
    return false;
  auto limit = std::time(nullptr) + renew_days * seconds_per_day;
  if (X509_cmp_time(X509_get0_notAfter(certificate.get()), &limit) != 1)
    return false;
  for (auto& x : domains)
    if (X509_check_host(certificate.get(), x.c_str(), x.size(), 0, nullptr)
        != 1)
      return false;
  return true;
}

/// Only names that are safe inside OpenSSL's configuration syntax.
bool is_dns_name(const std::string& x) {
  return !x.empty() && x.size() <= 253
         && x.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-")
              == x.npos;
}

std::string alternative_names(const std::vector<std::string>& domains) {
  std::string out = "DNS:localhost,IP:127.0.0.1,IP:::1";
  for (auto& x : domains)
    if (x != "localhost")
      out += ",DNS:" + x;
  return out;
}

bool add_extension(X509* certificate, int id, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  auto extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  if (extension == nullptr)
    return false;
  auto added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

bool set_serial(X509* certificate) {
  std::uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1)
    return false;
  // At most 63 bits: RFC 5280 section 4.1.2.2 wants it positive.
  return ASN1_INTEGER_set_uint64(
           X509_get_serialNumber(certificate), serial >> 1)
         == 1;
}

certificate_ptr make_certificate(
  EVP_PKEY* key, const std::vector<std::string>& domains) {
  certificate_ptr out{X509_new(), &X509_free};
  auto x = out.get();
  if (!x || X509_set_version(x, 2) != 1 || !set_serial(x))
    return {nullptr, &X509_free};
  X509_gmtime_adj(X509_getm_notBefore(x), -seconds_per_day);
  X509_gmtime_adj(X509_getm_notAfter(x), valid_days * seconds_per_day);
  auto name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
    reinterpret_cast<const unsigned char*>("Causeway development"), -1, -1, 0);
  auto made =
    X509_set_issuer_name(x, name) == 1 && X509_set_pubkey(x, key) == 1
    && add_extension(x, NID_basic_constraints, "critical,CA:FALSE")
    && add_extension(x, NID_key_usage, "critical,digitalSignature")
    && add_extension(x, NID_ext_key_usage, "serverAuth")
    && add_extension(x, NID_subject_alt_name, alternative_names(domains))
    && X509_sign(x, key, EVP_sha256()) > 0;
  if (!made)
    return {nullptr, &X509_free};
  return out;
}

/// Writes beside the file first, so that no half of a file is ever seen.
template <class Writer>
std::optional<std::string> replace_file(
  const std::string& file, mode_t mode, Writer write) {
  auto fresh = file + ".new";
  ::unlink(fresh.c_str());
  auto fd =
    ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0)
    return fresh + ": " + std::strerror(errno);
  file_ptr out{::fdopen(fd, "w"), &std::fclose};
  auto written = write(out.get()) == 1 && std::fflush(out.get()) == 0;
  if (!written || ::rename(fresh.c_str(), file.c_str()) != 0)
    return file + ": " + std::strerror(errno);
  return {};
}

protocol::result<certificate_files, std::string> failed(std::string reason) {
  return {boost::system::in_place_error, std::move(reason)};
}

} // namespace

protocol::result<certificate_files, std::string> development_certificate(
  const std::string& folder, const std::vector<std::string>& domains) {
  auto at = std::filesystem::path{folder};
  certificate_files files{at / "development.crt", at / "development.key"};
  std::vector<std::string> names;
  for (auto& x : domains)
    if (is_dns_name(x))
      names.push_back(x);
  std::error_code error;
  if (std::filesystem::exists(files.key, error)
      && usable(files.certificate, names))
    return files;
  std::filesystem::create_directories(at, error);
  if (error)
    return failed(folder + ": " + error.message());
  key_ptr key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
  if (!key)
    return failed("cannot make a development key");
  auto certificate = make_certificate(key.get(), names);
  if (!certificate)
    return failed("cannot make a development certificate");
  auto fault = replace_file(files.key, 0600, [&](FILE* out) {
    return PEM_write_PrivateKey(
      out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  if (!fault)
    fault = replace_file(files.certificate, 0644,
      [&](FILE* out) { return PEM_write_X509(out, certificate.get()); });
  if (fault)
    return failed(*fault);
  return files;
}

} // namespace causeway
