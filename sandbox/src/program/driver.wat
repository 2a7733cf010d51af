;; What stands around a score: rows in one memory, the loop over persons and its results in another, and between them the
;; researcher's component, which is put in the place of $program. It has the two functions of `person` and nothing else.
;; Assembled in driver.wasm; a test holds both against each other.
(component
  ;; The rows at hand, column after column, and whose turn it is.
  (component $rows
    (core module $m
      (memory (export "memory") 1)
      (global $rows (mut i32) (i32.const 0))
      (global $columns (mut i32) (i32.const 0))
      (global $first (mut i32) (i32.const 0))
      (global $count (mut i32) (i32.const 0))
      ;; One list at a time is here, always at 8.
      (func (export "realloc") (param $old i32) (param $was i32) (param $align i32) (param $size i32) (result i32)
        (local $more i32)
        (local.set $more
          (i32.sub (i32.shr_u (i32.add (local.get $size) (i32.const 65543)) (i32.const 16)) (memory.size)))
        (if (i32.gt_s (local.get $more) (i32.const 0))
          (then (if (i32.eq (memory.grow (local.get $more)) (i32.const -1)) (then unreachable))))
        (i32.const 8))
      (func (export "load") (param $at i32) (param $length i32) (param $count i32)
        (global.set $first (i32.const 0))
        (global.set $count (i32.const 0))
        (global.set $rows (local.get $count))
        (global.set $columns (i32.const 0))
        (if (local.get $count)
          (then (global.set $columns (i32.div_u (local.get $length) (local.get $count))))))
      (func (export "person") (param $first i32) (param $count i32)
        (global.set $first (local.get $first))
        (global.set $count (local.get $count)))
      (func (export "rows") (result i32) (global.get $count))
      (func (export "value") (param $row i32) (param $column i32) (result i64)
        (if (result i64)
          (i32.or
            (i32.ge_u (local.get $row) (global.get $count))
            (i32.ge_u (local.get $column) (global.get $columns)))
          (then (i64.const -9223372036854775808))
          (else
            (i64.load offset=8
              (i32.shl
                (i32.add
                  (i32.mul (local.get $column) (global.get $rows))
                  (i32.add (global.get $first) (local.get $row)))
                (i32.const 3)))))))
    (core instance $i (instantiate $m))
    (func (export "load") (param "values" (list s64)) (param "rows" u32)
      (canon lift (core func $i "load") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
    (func (export "person") (param "first" u32) (param "count" u32) (canon lift (core func $i "person")))
    (func (export "rows") (result u32) (canon lift (core func $i "rows")))
    (func (export "value") (param "row" u32) (param "column" u32) (result s64)
      (canon lift (core func $i "value"))))
  ;; Person by person, row by row, output by output.
  (component $loop
    (import "person" (func $person (param "first" u32) (param "count" u32)))
    (import "score" (func $score (param "row" u32) (param "output" u32) (result s64)))
    (core func $person (canon lower (func $person)))
    (core func $score (canon lower (func $score)))
    (core module $m
      (import "outside" "person" (func $person (param i32 i32)))
      (import "outside" "score" (func $score (param i32 i32) (result i64)))
      (memory (export "memory") 1)
      (func $room (param $end i32)
        (local $more i32)
        (local.set $more
          (i32.sub (i32.shr_u (i32.add (local.get $end) (i32.const 65535)) (i32.const 16)) (memory.size)))
        (if (i32.gt_s (local.get $more) (i32.const 0))
          (then (if (i32.eq (memory.grow (local.get $more)) (i32.const -1)) (then unreachable)))))
      ;; One list at a time is here, always at 16.
      (func (export "realloc") (param $old i32) (param $was i32) (param $align i32) (param $size i32) (result i32)
        (call $room (i32.add (local.get $size) (i32.const 16)))
        (i32.const 16))
      ;; `starts` has where each person begins, and where the last one ends.
      (func (export "run") (param $starts i32) (param $length i32) (param $outputs i32) (param $each i32) (result i32)
        (local $last i32) (local $rows i32) (local $row i32) (local $output i32)
        (local $results i32) (local $next i32) (local $first i32)
        (local.set $last
          (i32.add (local.get $starts) (i32.shl (i32.sub (local.get $length) (i32.const 1)) (i32.const 2))))
        (local.set $results (i32.and (i32.add (local.get $last) (i32.const 11)) (i32.const -8)))
        (local.set $next (local.get $results))
        (local.set $rows (i32.sub (local.get $length) (i32.const 1)))
        (if (local.get $each)
          (then (local.set $rows (i32.sub (i32.load (local.get $last)) (i32.load (local.get $starts))))))
        (call $room
          (i32.add (local.get $results)
            (i32.shl (i32.mul (local.get $rows) (local.get $outputs)) (i32.const 3))))
        (block $done
          (loop $persons
            (br_if $done (i32.ge_u (local.get $starts) (local.get $last)))
            (local.set $first (i32.load (local.get $starts)))
            (local.set $rows (i32.sub (i32.load offset=4 (local.get $starts)) (local.get $first)))
            (call $person (local.get $first) (local.get $rows))
            (if (i32.eqz (local.get $each)) (then (local.set $rows (i32.const 1))))
            (local.set $row (i32.const 0))
            (block $out
              (loop $of_person
                (br_if $out (i32.ge_u (local.get $row) (local.get $rows)))
                (local.set $output (i32.const 0))
                (block $of_row
                  (loop $outputs_of_row
                    (br_if $of_row (i32.ge_u (local.get $output) (local.get $outputs)))
                    (i64.store (local.get $next) (call $score (local.get $row) (local.get $output)))
                    (local.set $next (i32.add (local.get $next) (i32.const 8)))
                    (local.set $output (i32.add (local.get $output) (i32.const 1)))
                    (br $outputs_of_row)))
                (local.set $row (i32.add (local.get $row) (i32.const 1)))
                (br $of_person)))
            (local.set $starts (i32.add (local.get $starts) (i32.const 4)))
            (br $persons)))
        (i32.store (i32.const 0) (local.get $results))
        (i32.store (i32.const 4) (i32.shr_u (i32.sub (local.get $next) (local.get $results)) (i32.const 3)))
        (i32.const 0)))
    (core instance $i
      (instantiate $m
        (with "outside" (instance (export "person" (func $person)) (export "score" (func $score))))))
    (func (export "run") (param "starts" (list u32)) (param "outputs" u32) (param "each" u32) (result (list s64))
      (canon lift (core func $i "run") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  ;; The third component: the researcher's is put here.
  (component $program
    (import "yinshu:program/person@0.1.0" (instance
      (export "rows" (func (result u32)))
      (export "value" (func (param "row" u32) (param "column" u32) (result s64)))))
    (core module $m (func (export "score") (param i32 i32) (result i64) unreachable))
    (core instance $i (instantiate $m))
    (func (export "score") (param "row" u32) (param "output" u32) (result s64)
      (canon lift (core func $i "score"))))
  (instance $rows (instantiate $rows))
  (instance $person (export "rows" (func $rows "rows")) (export "value" (func $rows "value")))
  (instance $program (instantiate $program (with "yinshu:program/person@0.1.0" (instance $person))))
  (instance $loop
    (instantiate $loop
      (with "person" (func $rows "person"))
      (with "score" (func $program "score"))))
  (export "load" (func $rows "load"))
  (export "run" (func $loop "run")))
