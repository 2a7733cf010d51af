# Errors of yinshu-sandbox, 9680 to 9799.
e9690-what = { $user } asks questions under a policy over { $dataset }: what follows from its rows is for its owner
e9690-try = Let whoever registered { $dataset } run it, under another name.
e9691-what = { $table }: no row is in{ $left_out ->
    [0] .
   *[other] , { $left_out } were left out.
 } { $cause ->
    [test-region] { $column }: { $reason } ({ $values })
    [unread] { $column }: { $reason } ({ $values })
    [undeclared] { $column }: { $values } values are none that the description declares
    [missing] { $column }: { $values } rows have no value in it, and it is not nullable
    [nobody] In { $values } rows nothing says whom they are about
    [ragged] { $values } rows have too few or too many fields
   *[other] The source has no rows
 }
e9691-try = { $cause ->
    [test-region] Numbers that begin with 99 are made up: say test_region = true in [dataset] where that is meant.
    [unread] Look at the kind of the column: what was meant for another one cannot be read.
    [undeclared] Look at its values, min and max, or from and to.
    [missing] Say nullable = true where values may be missing.
    [nobody] Look at entity, which names the column that says whom a row is about.
    [ragged] Look at the source: its delimiter and quotes.
   *[other] Look at the source.
 }
e9692-what = There is no room at { $path }
e9692-try = yinshu-sandbox -C { $path } init makes one; -C names another.
e9693-what = No policy { $policy } was approved here
e9693-try = The data's owner approves it: yinshu-sandbox approve, with its file.
e9700-what = This cannot be read as SQL: { $reason }
e9700-try = Write one SELECT statement, its texts in single quotes, its signs and blanks half-width.
e9701-what = { $text }: this cannot be asked here
e9701-try = { $construct ->
    [statement] Only one SELECT may be asked; tables are shown by yinshu-sandbox tables.
    [statements] Ask one question at a time.
    [call] Write CALL program('SELECT …') for a score, CALL program() for an aggregate, CALL yinshu.fetch('id') for a result that was released. A quotation mark in the text is written twice.
    [own] Of yinshu.budget, yinshu.grants and yinshu.requests ask: SELECT * (or columns) FROM yinshu.budget, with a LIMIT at most.
    [rows] Rows do not come out. Ask for figures of groups: SELECT town, COUNT(*) … GROUP BY town.
    [subquery] In FROM or WITH may stand SELECT * FROM one table WHERE …, or groups around which a question selects, filters and orders: without LIMIT inside. For IN and EXISTS: JOIN the other table by whom rows are about. For a share of the total: ask for the total by itself.
    [hidden-figure] A figure that is missing was hidden or has no value, and is not 0: ask for it without COALESCE, and see what is there.
    [afterwards] Of figures and groups known are + - * /, comparisons, AND, OR, NOT, IN, BETWEEN, IS NULL, CASE, CAST, ROUND, FLOOR, CEIL, ABS, NULLIF, and COALESCE of groups. Other functions of a column: group by the function itself.
    [union] Ask the parts one by one.
    [clause] Leave this clause out.
    [group-all] Name the columns after GROUP BY.
    [grouping-sets] Ask for each grouping by itself: what was released before is taken into account.
    [position] Give the number of a column of the answer, from 1.
    [from] Name a granted table, then JOIN further ones.
    [join] Use JOIN or LEFT JOIN.
    [self-join] A table stands in a question once.
    [many-to-many] Of both tables somebody may have several rows: each would be counted as often as the other has rows. Ask about one of them at a time.
    [nonlinear] A figure is of sums of columns, each once and times a constant, and CASE. Put products of columns, quotients, roundings and parts of dates into conditions or groups, or round and divide the figure: SUM(wage) / 12 instead of SUM(wage / 12).
    [two-ways] What is compared has to go one way in every column: a column, a sum of columns, a product of what is not negative. Instead of a quotient compare products (100 * paid > 50 * cost), instead of squares and remainders bands (age BETWEEN 40 AND 50).
    [fan-out] Of the joined table somebody may have several rows, and this value would be added as often. Ask for it without the join.
    [person-of-another] Count the persons of the first table after FROM.
    [long] This is too long: ask in parts.
    [buckets] width_bucket(value, low, high, number): low below high, both numbers, and at most 1,000 buckets.
    [wide-group] There are too many values: group by bands, such as width_bucket(wage, 0, 20000, 20), floor(wage / 1000), date_trunc('year', born), or CASE.
    [person] Whom a row is about is neither shown nor compared: count persons by COUNT(DISTINCT …).
    [pseudonym] A pseudonym stands for what identifies somebody: it is neither shown, compared nor counted. Programs see it.
    [extreme] A greatest or least value is that of somebody. Count by bands of values.
    [collect] Values do not come out one by one. Ask for counts by group.
    [quantile] Quantiles are MEDIAN(x), PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY x), PERCENTILE_DISC and APPROX_PERCENTILE_CONT(x, 0.25), with a number from 0 to 1 of at most six digits.
    [quantile-rounded] Counts are rounded here, and quantiles are at whole twentieths: 0.05, 0.1, 0.25, 0.5, 0.95.
    [window] Ask for figures of groups, without OVER. For a share of the total: ask for the total by itself.
    [distinct] Only persons are counted once each: COUNT(DISTINCT id). Otherwise group by the column.
    [figure-inside] A figure stands by itself, and not inside a value.
    [many-figures] Ask for at most 64 figures at once.
    [pattern] After LIKE stands a text: LIKE '城%'.
    [cast] Casts between kinds of numbers, and of texts to dates, are known.
    [literal] Numbers, texts in single quotes, TRUE, FALSE, NULL and DATE '2026-01-01' are known.
    [function] Known are abs, ceil, coalesce, date_part, date_trunc, day, extract, floor, greatest, least, left, lower, mod, month, nullif, quarter, round, substr, trim, upper, width_bucket, year, and the figures count, sum, avg, var_samp, stddev_samp, median, percentile_cont.
    [expression] Known are columns, numbers, texts, + - * / %, comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, CASE.
   *[other] See docs/sandbox.md for what can be asked.
 }
e9702-what = There is no { $name } here
e9702-try = yinshu-sandbox tables, or SELECT * FROM yinshu.grants, shows what there is for you. Texts stand in single quotes: '女'; signs are half-width: , ( ) '.
e9703-what = { $name } is in several tables
e9703-try = Put the name of the table before it.
e9704-what = { $column } is not granted as { $wanted }
e9704-try = yinshu-sandbox tables shows what may be done with each column. Ask the data's owner for more.
e9705-what = { $text }: these values do not go together
e9705-try = Compare numbers with numbers, texts with texts, dates with dates ('2026-01-31', a day that there is); calculate with numbers.
e9706-what = { $text } can exceed what fits in 64 bits, by the bounds of its columns
e9706-try = Use smaller factors, or ROUND before multiplying.
e9707-what = There can be { $groups } groups, and { $most } at most are told apart
e9707-try = Group by fewer columns, or by bands.
e9708-what = { $text } is neither a figure nor one of the groups
e9708-try = Put it after GROUP BY, or inside SUM, AVG or another figure.
e9709-what = { $text }: tables are not joined like this
e9709-try = Join by whom rows are about, as the data set declares: ON residents.id = homes.owner.
e9710-what = { $of } is never { $text }
e9710-try = What it can be: { $values }
e9720-what = { $user } may not ask under { $policy }
e9720-try = Ask the data's owner to approve a policy with your name in it.
e9721-what = The policy { $policy } ended on { $expires }
e9721-try = Ask the data's owner for a new one.
e9722-what = { $most } questions were asked under { $policy } today: that is all for one day
e9722-try = Go on tomorrow, or ask for more figures in one question.
e9723-what = The question was ended before it was answered; its limits are { $seconds } s and { $memory_mib } MiB
e9723-try = Ask about fewer columns or groups. The operator sees why in the room's log; whoever asked is told no more.
e9724-what = The cluster that questions run on cannot be reached, and so nothing was run
e9724-try = Ask again later. The operator sees why in the room's log: the scheduler that room.toml names has to be running (yinshu-joint scheduler).
e9730-what = The policy { $policy } is not signed yet by: { $missing }
e9730-try = Hand them the file; they sign it with yinshu-sandbox policy sign. Then put it in force with yinshu-sandbox approve.
e9731-what = The signature of { $by } under { $policy } does not fit: something was changed after it was signed, or somebody else signed
e9731-try = Let the policy be looked at and signed anew. A policy is not changed after it was signed, not by a blank.
e9732-what = { $by } does not sign this here: no approver of this room has this name, or not this key, or not for this
e9732-try = yinshu-sandbox approver list shows who signs for whom. An approver of the holder adds another: yinshu-sandbox approver add.
e9733-what = The policy { $policy } was withdrawn, or replaced by another one of its name: this text of it does not come back
e9733-try = Take the present policy. The holder of the data has a new text signed, in which at least a word is another.
e9734-what = The policy { $policy } is not in force here: { $what ->
    [room] it was signed for another room
    [dataset] the description of its data set is another one since it was signed
    [nothing] nobody has bound it to a room and a data set yet
   *[other] it is not the one that was put in force last
  }
e9734-try = { $what ->
    [room] Take [bound] and the signatures out and have it signed for this room.
    [dataset] Look at what is described in another way, take [bound] and the signatures out, and have it signed again.
    [nothing] The first who signs does it in the room: yinshu-sandbox -C ROOM policy sign FILE.
   *[other] An approver puts it in force: yinshu-sandbox approve FILE.
  }
e9735-what = { $user } may ask under this policy, and does not sign it for the holder of the data
e9735-try = Somebody else who answers for the data signs it. Who asks may sign for the purpose, where the policy names him.
e9736-what = { $name }: { $reason ->
    [first] the room has its first approver
    [name] a name has at most 64 letters, digits, dots, hyphens and underscores
    [there] an approver has or had this name
    [key] an approver has or had this key
   *[last] the last approver of the holder stays
  }
e9736-try = yinshu-sandbox approver list shows who there is. Names and keys of those who were removed are not given to others.
e9737-what = { $by } has signed { $policy } already
e9737-try = Nothing is to be done; yinshu-sandbox policy verify says who has to sign yet.
e9740-what = { $place }: { $reason }
e9740-try = Mend it in the description or the policy.
e9741-what = { $path }: { $reason }
e9741-try = Look at the path and who may read and write it.
e9742-what = { $dataset } is not registered as it is described
e9742-try = yinshu-sandbox register, with the description.
e9743-what = What was released before cannot be used, and so nothing is released: { $reason }
e9743-try = Put the file back from a copy. Without it nothing of this data set can be judged.
e9744-what = This could not be recorded, and so it was not done: { $reason }
e9744-try = Look at the room's log: its disk, and whether another process has it.
e9745-what = The question could not be run
e9745-try = The operator sees why in the room's log; nothing of it is for whoever asked.
e9746-what = { $reason ->
    [user] It is not said who does this
   *[other] The command line cannot be understood: { $reason }
 }
e9746-try = { $reason ->
    [user] Put --user NAME before the command, with a name as the policy has it under users.
   *[other] yinshu-sandbox --help
 }
e9747-what = { $table }: somebody has more than one row
e9747-try = Take out single = true from its description, or rid the table of repeats.
e9748-what = Something of { $dataset } was released, and it is described in another way now
e9748-try = Register it as it was described (columns, kinds, digits, bounds, order of values), or give it a name of its own: what is released from now on is not judged against the old values.
e9680-what = { $id } is decided: a decision is final
e9680-try = yinshu-sandbox review lists what waits.
e9681-what = { $id } is not as it was put down, and so nobody gets it
e9681-try = Reject it, let it be asked again, and find out who can write in the room.
e9682-what = A decision has a reason of 1 to { $most } characters
e9682-try = Write why: --reason "…".
e9795-what = The result waits for a reviewer: { $id }
e9795-try = yinshu-sandbox results shows how it stands; once it is released, yinshu-sandbox fetch { $id }, or ask again.
e9796-what = The answer does not leave: something in it looks like a number that identifies somebody, or would mislead whoever reads it
e9796-try = Look at the names of the columns and the texts in the question. The policy names nobody who could look at such a result, or says that it is refused.
e9797-what = A reviewer rejected the answer to this question
e9797-try = Ask the data's owner what could be answered, and ask another question.
e9798-what = There is no result { $id }
e9798-try = yinshu-sandbox results shows yours.
e9799-what = { $user } does not decide on this result under { $policy }
e9799-try = One of the reviewers of the policy decides, and never whoever asked.
e9749-what = The demonstration did not end as it must, at the step { $step }: something shows that must be hidden, or is missing that must show
e9749-try = Do not use this installation for real data. Play it again with --out DIR, and send the last lines and the folder to whoever maintains it; everybody in it is made up.
e9750-what = The privacy budget of { $of } has ρ { $left } of { $total } left, and this costs { $asked }
e9750-try = Ask for less, with --spend and more noise; or ask the data's owner. What was answered before can be used without end.
e9751-what = A question costs ρ { $most } at most under this policy, and { $price } was offered
e9751-try = Offer less with --spend, or group by less, so that noise matters less.
e9752-what = For ρ { $price } there would be more noise than is drawn
e9752-try = Offer more with --spend, or ask for fewer figures.
e9753-what = { $policy } has no prices: its answers have no noise
e9753-try = Ask without --price and --spend.
e9754-what = Of { $total } that all questions about { $of } may add to a δ, { $left } is left, and this adds { $asked }
e9754-try = Group by less, so that all groups can be told: at most 65,536.
e9755-what = { $dataset } was registered without a privacy_budget, when rows of one person may decide on how others are read: no noise hides that
e9755-try = The owner declares a privacy_budget and registers the data set anew.
e9756-what = Sums of all groups that there can be need { $needs_mib } MiB, and the policy gives { $memory_mib }
e9756-try = Group by fewer columns, or ask for fewer figures at once; or the owner raises limits.memory_mib. Nothing was charged.
e9785-what = Nobody of this name and secret may come in
e9785-try = Look at both; the operator makes a new secret with yinshu-sandbox user renew.
e9786-what = There is no login, or it has ended
e9786-try = Connect again with name and secret.
e9787-what = Too many logins failed lately
e9787-try = Wait a minute.
e9788-what = There is no such { $what ->
    [ticket] ticket
   *[other] prepared question
 }, or not any more
e9788-try = Ask again: a ticket is exchanged once, by whom it was given to, and soon.
e9789-what = { $user } has { $most } requests at once already
e9789-try = Wait for an answer before asking more.
e9790-what = This cannot be done now
e9790-try = Ask the operator, who sees why.
e9791-what = You have several policies, and none is chosen: { $policies }
e9791-try = Choose one as the catalogue of the connection, or by the header x-yinshu-policy.
e9792-what = This server does not do this: { $what ->
    [put] writing, or parameters of a prepared question
    [transaction] transactions
    [list] this list
    [message] a message that cannot be read
   *[other] { $what }
 }
e9792-try = Ask by a SELECT with its values written in it; see docs/sandbox.md.
e9793-what = { $address }: { $reason }
e9793-try = Look at the address, whether the server runs there, and at its certificate.
e9794-what = { $user }: { $reason ->
    [name] a name is 1 to 64 letters, digits, dots, hyphens and underscores
    [there] is among the users already
   *[other] is not among the users
 }
e9794-try = yinshu-sandbox user list shows who is.
e9760-what = Workers cannot be shut in on this machine, and so nothing was run: { $reason }
e9760-try = Use a Linux kernel with Landlock (5.13 or newer) and seccomp. On a machine where nothing is at stake, put walls = "where-there-are" into room.toml.
e9761-what = No worker could be called: { $reason }
e9761-try = Look at whether the program can be started and the room's folder work/ be written to.
e9770-what = There is no program { $program } here
e9770-try = yinshu-sandbox program list shows which are approved. One that was changed, or whose policy was, has to be approved anew.
e9771-what = Under { $policy } no program reads { $table }
e9771-try = Ask the data's owner for a policy with programs = true in the grant of this table.
e9772-what = This is no program: { $reason }
e9772-try = Build it as a component of one of the worlds in wit/yinshu.wit; see docs/programs.md.
e9773-what = { $user } put this program down or may use it, and does not approve it
e9773-try = Somebody else looks at it: yinshu-sandbox program review, then program approve.
e9774-what = { $program }: a score is asked about in SQL, and an aggregate is not
e9774-try = Submit a score with a question, and an aggregate without.
e9775-what = Under { $policy } nobody would look at what a program gives, or answers have noise: nothing of it could be released
e9775-try = Ask the data's owner for a policy of disclosure control with reviewers who hold what is found.
e9776-what = { $program } is not the component that was named: it was put down anew, or the digest is too short
e9776-try = Look at it again with yinshu-sandbox program review, and name the digest that stands there: 24 digits of it or more.
