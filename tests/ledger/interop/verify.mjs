// A second opinion on remit's proofs with nothing but node:crypto, written from the text of RFC 9162 (sections 2.1.3.2
// and 2.1.4.2), RFC 8032, c2sp.org/signed-note and c2sp.org/tlog-checkpoint: `node verify.mjs PROOF.json PUBLIC-KEY`.
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const [file, key] = process.argv.slice(2);
const proof = JSON.parse(readFileSync(file, "utf8"));
const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const leaf = (text) => sha256(Buffer.from([0]), Buffer.from(text, "utf8"));
const node = (left, right) => sha256(Buffer.from([1]), left, right);
const demand = (holds, why) => {
  if (!holds) {
    console.error(why);
    process.exit(1);
  }
};

function open(note) {
  const end = note.lastIndexOf("\n\n");
  const text = note.slice(0, end + 1);
  const [origin, size, root] = text.split("\n");
  const raw = Buffer.from(key.split("+").slice(2).join("+"), "base64").subarray(1);
  const id = sha256(Buffer.from(origin + "\n"), Buffer.from([1]), raw).subarray(0, 4);
  const publicKey = createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") },
    format: "jwk",
  });
  const signed = note
    .slice(end + 2)
    .split("\n")
    .filter((line) => line.startsWith(`— ${origin} `))
    .map((line) => Buffer.from(line.slice(origin.length + 3), "base64"))
    .filter((value) => value.subarray(0, 4).equals(id));
  demand(signed.some((value) => verify(null, Buffer.from(text, "utf8"), publicKey, value.subarray(4))), "not signed");
  return { size: BigInt(size), root: Buffer.from(root, "base64") };
}

function included(index, size, hash, path, root) {
  if (index >= size) return false;
  let fn = index, sn = size - 1n, r = hash;
  for (const p of path) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      r = node(p, r);
      if ((fn & 1n) === 0n) while ((fn & 1n) === 0n && fn !== 0n) { fn >>= 1n; sn >>= 1n; }
    } else r = node(r, p);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && r.equals(root);
}

function consistent(first, second, firstRoot, secondRoot, path) {
  if (first === second) return path.length === 0 && firstRoot.equals(secondRoot);
  if (path.length === 0) return false;
  const steps = (first & (first - 1n)) === 0n ? [firstRoot, ...path] : path;
  let fn = first - 1n, sn = second - 1n;
  while ((fn & 1n) === 1n) { fn >>= 1n; sn >>= 1n; }
  let fr = steps[0], sr = steps[0];
  for (const c of steps.slice(1)) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      fr = node(c, fr);
      sr = node(c, sr);
      if ((fn & 1n) === 0n) while ((fn & 1n) === 0n && fn !== 0n) { fn >>= 1n; sn >>= 1n; }
    } else sr = node(sr, c);
    fn >>= 1n;
    sn >>= 1n;
  }
  return fr.equals(firstRoot) && sr.equals(secondRoot) && sn === 0n;
}

const path = proof.path.map((step) => Buffer.from(step, "base64"));
if (proof.schema === "remit.proof.inclusion") {
  const { size, root } = open(proof.checkpoint);
  demand(included(BigInt(proof.number - 1), size, leaf(proof.body), path, root), "not included");
} else {
  demand(proof.schema === "remit.proof.consistency", "no proof");
  const before = open(proof.old), after = open(proof.new);
  demand(consistent(before.size, after.size, before.root, after.root, path), "not consistent");
}
console.log("verified");
