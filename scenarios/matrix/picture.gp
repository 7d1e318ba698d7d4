# The matrix: a row a runtime, a column a point. ci/matrix sets data, output, rows, columns, and the names on the axes.
# data: column, row, grade (0 something begun was lost, 1 something queued was, 2 nothing), where the text begins, text.

set terminal pngcairo size 230 + 190 * columns, 110 + 62 * rows noenhanced font "Sans,10" background rgb "white"
set output output
set title "What each language gives its tasks when SIGINT comes" font ",13"
set palette defined (0 "#f4b6a8", 1 "#f7e3a1", 2 "#b9deb0")
set cbrange [0:2]
unset colorbox
unset key
set xrange [-0.5:columns - 0.5]
set yrange [-0.5:rows - 0.5]
set border 0
set tics scale 0
set x2label "red: a task that had begun was not cleaned up · yellow: a queued task was dropped or still run · green: neither" offset 0,-0.6
plot data using 1:2:(0.48):(0.46):3 with boxxyerror fillstyle solid 1.0 fillcolor palette, \
     data using 1:4:5 with labels font ",9"
