-- SPDX-License-Identifier: GPL-3.0-or-later
-- wrk's side of the load: sends one request again and again, with another key each time.
-- Arguments: MODE TAG KEYS TEMPLATE, where
--   TEMPLATE  is a whole HTTP request with one marker, {key} or {key64} (the key in base64);
--   TAG       six characters; a key is TAG, three digits of a generation, six digits of a number;
--   MODE      random: any of the KEYS keys of generation 0;
--             fresh: each key once, in scattered order, then the next generation;
--             fill: as fresh, and says "filled" when generation 0 is all there. wrk itself cannot end
--             before its time: whoever reads that line interrupts it.
-- Keys have a fixed length, so a template may state its Content-Length.

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

-- Only lengths that are a multiple of three: no padding needed.
local function base64(text)
    return (text:gsub("...", function(three)
        local a, b, c = three:byte(1, 3)
        local bits = a * 65536 + b * 256 + c
        local out = ""
        for _, shift in ipairs({262144, 4096, 64, 1}) do
            local at = math.floor(bits / shift) % 64 + 1
            out = out .. alphabet:sub(at, at)
        end
        return out
    end))
end

local function asItIs(text)
    return text
end

local mode, tag, keys, encode
local head, tail   -- of the template, around the marker
local start        -- of a request, up to the number
local triples = {} -- the number's digits in threes, encoded
local generation
local sent = -1    -- wrk asks for a first request only to look at it
local answered = 0

local function startGeneration(number)
    generation = number
    start = head .. encode(string.format("%s%03d", tag, number))
end

-- Some way past the end, since answers overtake each other.
local function sayWhenFilled()
    answered = answered + 1
    if answered == keys + 1000 then
        io.write("filled\n")
        io.flush()
    end
end

function init(args)
    mode, tag, keys = args[1], args[2], tonumber(args[3])
    local template = args[4]
    encode = template:find("{key64}", 1, true) and base64 or asItIs
    local from, to = template:find("{key6?4?}")
    head, tail = template:sub(1, from - 1), template:sub(to + 1)
    for number = 0, 999 do
        triples[number] = encode(string.format("%03d", number))
    end
    math.randomseed(keys)
    startGeneration(0)
    if mode == "fill" then
        response = sayWhenFilled
    end
end

local function freshNumber()
    if sent == keys * (generation + 1) then
        startGeneration(generation + 1)
    end
    local number = (math.max(sent, 0) * 7919) % keys -- a prime: every number once in a generation
    sent = sent + 1
    return number
end

function request()
    local number = mode == "random" and math.random(0, keys - 1) or freshNumber()
    return start .. triples[math.floor(number / 1000)] .. triples[number % 1000] .. tail
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests": %d, "microseconds": %d, "refused": %d, "broken": %d, "p50_ms": %.3f, "p99_ms": %.3f}\n',
        summary.requests, summary.duration, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
