// An independent judge of remit's proofs: the reference implementation of signed notes and transparency logs,
// golang.org/x/mod/sumdb. `interop verify PROOF.json PUBLIC-KEY` says what a proof shows or why it shows nothing;
// `interop vectors` prints roots, proofs and notes as that implementation makes them (tests/vectors/ledger_go.json).
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proof struct {
	Schema     string   `json:"schema"`
	Number     int64    `json:"number"`
	Body       string   `json:"body"`
	Path       []string `json:"path"`
	Checkpoint string   `json:"checkpoint"`
	Old        string   `json:"old"`
	New        string   `json:"new"`
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func digest(text string) tlog.Hash {
	var hash tlog.Hash
	data, err := base64.StdEncoding.DecodeString(text)
	check(err)
	if len(data) != len(hash) {
		check(fmt.Errorf("a digest has %d bytes", len(data)))
	}
	copy(hash[:], data)
	return hash
}

// open verifies the signature of a checkpoint under its own origin.
func open(text, key string) (int64, tlog.Hash) {
	origin := strings.SplitN(text, "\n", 2)[0]
	data, err := base64.StdEncoding.DecodeString(strings.SplitN(key, "+", 3)[2])
	check(err)
	name, err := note.NewEd25519VerifierKey(origin, data[1:])
	check(err)
	verifier, err := note.NewVerifier(name)
	check(err)
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	return size, digest(lines[2])
}

func verify(file, key string) {
	text, err := os.ReadFile(file)
	check(err)
	var said proof
	check(json.Unmarshal(text, &said))
	var path []tlog.Hash
	for _, step := range said.Path {
		path = append(path, digest(step))
	}
	switch said.Schema {
	case "remit.proof.inclusion":
		size, root := open(said.Checkpoint, key)
		check(tlog.CheckRecord(path, size, root, said.Number-1, tlog.RecordHash([]byte(said.Body))))
		fmt.Println("included")
	case "remit.proof.consistency":
		old, oldRoot := open(said.Old, key)
		size, root := open(said.New, key)
		check(tlog.CheckTree(path, size, root, old, oldRoot))
		fmt.Println("consistent")
	default:
		check(fmt.Errorf("no proof: %q", said.Schema))
	}
}

type tree map[int64]tlog.Hash

func (hashes tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, index := range indexes {
		found = append(found, hashes[index])
	}
	return found, nil
}

func texts(hashes []tlog.Hash) []string {
	said := []string{}
	for _, hash := range hashes {
		said = append(said, hash.String())
	}
	return said
}

func vectors() {
	kept, sizes := tree{}, []int64{1, 2, 3, 4, 5, 6, 7, 8, 13, 16, 21, 33}
	roots, inclusions, consistencies, notes := map[string]string{}, [][]any{}, [][]any{}, [][]any{}
	wanted := map[int64]bool{}
	for _, size := range sizes {
		wanted[size] = true
	}
	seed := bytes.Repeat([]byte{7}, 64)
	secret, public, err := note.GenerateKey(bytes.NewReader(seed), "remit.ledger/vectors")
	check(err)
	signer, err := note.NewSigner(secret)
	check(err)
	for leaf := int64(0); leaf < 33; leaf++ {
		hashes, err := tlog.StoredHashes(leaf, []byte(fmt.Sprintf("entry %d", leaf+1)), kept)
		check(err)
		first := tlog.StoredHashIndex(0, leaf)
		for position, hash := range hashes {
			kept[first+int64(position)] = hash
		}
		size := leaf + 1
		if !wanted[size] {
			continue
		}
		root, err := tlog.TreeHash(size, kept)
		check(err)
		roots[fmt.Sprint(size)] = root.String()
		for index := int64(0); index < size; index++ {
			path, err := tlog.ProveRecord(size, index, kept)
			check(err)
			inclusions = append(inclusions, []any{index, size, texts(path)})
		}
		for old := int64(1); old < size; old++ {
			path, err := tlog.ProveTree(size, old, kept)
			check(err)
			consistencies = append(consistencies, []any{old, size, texts(path)})
		}
		signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("remit.ledger/vectors\n%d\n%s\n", size, root)}, signer)
		check(err)
		notes = append(notes, []any{size, string(signed)})
	}
	said, err := json.MarshalIndent(map[string]any{
		"source":        "golang.org/x/mod/sumdb (tlog, note), as vendored in Go 1.19.8; leaves are `entry 1`, `entry 2`, ...",
		"public_key":    public,
		"private_key":   secret,
		"roots":         roots,
		"inclusions":    inclusions,
		"consistencies": consistencies,
		"notes":         notes,
	}, "", " ")
	check(err)
	fmt.Println(string(said))
}

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "vectors":
		vectors()
	case len(os.Args) == 4 && os.Args[1] == "verify":
		verify(os.Args[2], os.Args[3])
	default:
		fmt.Fprintln(os.Stderr, "usage: interop verify PROOF.json PUBLIC-KEY | interop vectors")
		os.Exit(2)
	}
}
